/* json.c - see json.h. */
#include "json.h"

#include <stdio.h>
#include <time.h>

#include "sip/sip.h"

json_t *json_text(const char *s)
{
	char ascii[SIP_URI_MAX];
	json_t *j = json_string(s);
	size_t i;

	if (j)
		return j;
	for (i = 0; s[i] && i < sizeof(ascii) - 1; i++)
		ascii[i] = (unsigned char)s[i] < 0x80 ? s[i] : '?';
	ascii[i] = '\0';
	return json_string(ascii);
}

json_t *json_time(int64_t us)
{
	const time_t sec = (time_t)(us / 1000000);
	struct tm tm;
	char s[48];
	size_t n;

	if (!gmtime_r(&sec, &tm))
		return NULL;
	n = strftime(s, sizeof(s), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(s + n, sizeof(s) - n, ".%06dZ", (int)(us % 1000000));
	return json_string(s);
}
