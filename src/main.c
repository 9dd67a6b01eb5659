/* main.c - the order of start and stop; the one file that knows everybody. */
int main(void)
{
	return 0;
}
