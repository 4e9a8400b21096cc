/* For `differential`: reads lines "ZONE\tSECONDS\tEXPRESSION" and prints for each the next times of the
 * expression after that one, as seconds since the epoch, or "refused". */
#include <stdio.h>
#include <stdlib.h>

#include "schedule/schedule.h"

#define TIMES 6

static void answer(const char *after, const char *expression)
{
    gint64 time_s = g_ascii_strtoll(after, NULL, 10);
    Cron cron;

    if (!cron_parse(expression, &cron, NULL)) {
        puts("refused");
        return;
    }
    for (int i = 0; i < TIMES; i++) {
        time_s = schedule_cron_next_s(&cron, time_s);
        printf("%s%" G_GINT64_FORMAT, i > 0 ? " " : "", time_s);
    }
    putchar('\n');
}

int main(void)
{
    char line[2048];

    while (fgets(line, sizeof line, stdin) != NULL) {
        g_auto(GStrv) parts = g_strsplit(g_strchomp(line), "\t", 3);

        if (g_strv_length(parts) != 3)
            return 1;
        setenv("TZ", parts[0], TRUE);
        answer(parts[1], parts[2]);
    }
    return 0;
}
