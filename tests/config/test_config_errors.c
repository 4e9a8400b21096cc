/* Every kind of mistake, with the complete error: file, line, column, reason. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "config/config.h"
#include "config/problems.h"

/* Lines 1 and 2; the text of a case starts in line 3. */
#define STORES  "source: {url: s3://photos}\ndestination: {url: s3://web}\n"
#define OUTPUTS "outputs: [{name: a, width: 1, height: 1}]\n"

typedef struct {
    const char *text, *message;
} Case;

static void check_case(const Case *c)
{
    g_autoptr(GError) error = NULL;

    cr_assert_null(config_parse(c->text, strlen(c->text), "c.yaml", &error), "accepted: %s", c->text);
    cr_assert_eq(error_class(error), ERROR_CONFIG);
    cr_assert_str_eq(error->message, c->message);
}

static void check_cases(const Case *cases, gsize n)
{
    for (gsize i = 0; i < n; i++)
        check_case(&cases[i]);
}

#define CHECK(cases) check_cases(cases, G_N_ELEMENTS(cases))

Test(config_errors, documents)
{
    static const Case cases[] = {
        {"", "c.yaml:1:1: the configuration is empty"},
        {"# nothing\n", "c.yaml:2:1: the configuration is empty"},
        {"~", "c.yaml:1:1: must be a mapping of keys to values, not nothing"},
        {"hello", "c.yaml:1:1: must be a mapping of keys to values, not 'hello'"},
        {"- a\n", "c.yaml:1:1: must be a mapping of keys to values, not a list"},
        {STORES OUTPUTS "---\na: 1\n",
         "c.yaml:4:1: a configuration is one document; a second one starts here"},
        {"a: &x 1\n", "c.yaml:1:4: anchors, aliases and tags are not supported"},
        {"a: *x\n", "c.yaml:1:4: anchors, aliases and tags are not supported"},
        {"a: &x [1]\n", "c.yaml:1:4: anchors, aliases and tags are not supported"},
        {"a: &x {b: 1}\n", "c.yaml:1:4: anchors, aliases and tags are not supported"},
        {"a: !!str 1\n", "c.yaml:1:4: anchors, aliases and tags are not supported"},
        {"a: !x [1]\n", "c.yaml:1:4: anchors, aliases and tags are not supported"},
        {"&x a: 1\n", "c.yaml:1:1: anchors, aliases and tags are not supported"},
        {"a: [b: 1\n", "c.yaml:2:1: did not find expected ',' or ']' while parsing a flow sequence"},
        {"a: \"x\n", "c.yaml:2:1: found unexpected end of stream while scanning a quoted scalar"},
        {"a: 1\n\tb: 2\n",
         "c.yaml:2:1: found a tab character that violates indentation while scanning a plain scalar"},
        {"a: 1\n b: 2\n", "c.yaml:2:3: mapping values are not allowed in this context"},
        {"a: \"\\0\"\n", "c.yaml:1:4: a text with a NUL character"},
        {"a: 1\nb: \xff\n", "c.yaml:2:4: not UTF-8 text"},
        {"\xc3\xa9: \xc3\n", "c.yaml:1:4: not UTF-8 text"},
        {"a: 1\nb: \x01\n", "c.yaml:2:4: control characters are not allowed"},
        {"[[[[[[[[[1]]]]]]]]]", "c.yaml:1:9: nested deeper than 8 levels"},
        {"? [a]\n: 1\n",
         "c.yaml:1:1: missing key 'source'\nc.yaml:1:1: missing key 'destination'\n"
         "c.yaml:1:1: missing key 'outputs'\nc.yaml:1:3: a key must be a word, not a list or mapping"},
    };

    CHECK(cases);
}

Test(config_errors, keys)
{
    static const Case cases[] = {
        {STORES OUTPUTS "bogus: 1\n", "c.yaml:4:1: unknown key 'bogus'"},
        {STORES OUTPUTS "limit: {}\n", "c.yaml:4:1: unknown key 'limit', did you mean 'limits'?"},
        {STORES OUTPUTS "<<: {}\n", "c.yaml:4:1: unknown key '<<'"},
        {STORES OUTPUTS "\"a\\nb\": 1\n", "c.yaml:4:1: unknown key 'a\\nb'"},
        {STORES OUTPUTS "workers: {cuont: 1}\n", "c.yaml:4:11: unknown key 'cuont', did you mean 'count'?"},
        {STORES OUTPUTS "s3: {endpiont: x}\n",
         "c.yaml:4:6: unknown key 'endpiont', did you mean 'endpoint'?"},
        {STORES OUTPUTS "retries: {attempts: 1, attempts: 2}\n", "c.yaml:4:24: duplicate key 'attempts'"},
        {STORES OUTPUTS "source: {}\n", "c.yaml:4:1: duplicate key 'source'"},
        {STORES OUTPUTS "x: 1\nx: 2\nx: 3\n",
         "c.yaml:4:1: unknown key 'x'\nc.yaml:5:1: duplicate key 'x'\nc.yaml:6:1: duplicate key 'x'"},
        {STORES "outputs: [{name: a, width: 1, height: 1, headers: {Expires: 1, Expires: 2}}]\n",
         "c.yaml:3:64: duplicate key 'Expires'"},
        {"source: {}\ndestination: {url: s3://web}\n" OUTPUTS, "c.yaml:1:9: missing key 'url'"},
        {"destination: {url: s3://web}\n" OUTPUTS, "c.yaml:1:1: missing key 'source'"},
        {STORES, "c.yaml:1:1: missing key 'outputs'"},
        {STORES "outputs:\n  - {width: 1, height: 1}\n", "c.yaml:4:5: missing key 'name'"},
    };

    CHECK(cases);
}

Test(config_errors, types)
{
    static const Case cases[] = {
        {STORES "outputs:\n", "c.yaml:3:9: outputs: must be a list of 1 to 64 mappings, not nothing"},
        {STORES "outputs: []\n", "c.yaml:3:10: outputs: must be a list of 1 to 64 mappings, not a list"},
        {STORES "outputs: {a: 1}\n",
         "c.yaml:3:10: outputs: must be a list of 1 to 64 mappings, not a mapping"},
        {STORES "outputs: [x]\n", "c.yaml:3:11: must be a mapping of keys to values, not 'x'"},
        {STORES OUTPUTS "workers: 4\n", "c.yaml:4:10: must be a mapping of keys to values, not '4'"},
        {STORES OUTPUTS "workers: {count: [1]}\n",
         "c.yaml:4:18: count: must be auto or a whole number from 1 to 1024, not a list"},
        {STORES OUTPUTS "retries: {attempts: \"5\"}\n",
         "c.yaml:4:21: attempts: must be a whole number from 1 to 20, not the text '5'"},
        {STORES OUTPUTS "retries: {attempts: yes}\n",
         "c.yaml:4:21: attempts: must be a whole number from 1 to 20, not 'yes'"},
        {STORES OUTPUTS "retries: {attempts: 5s}\n",
         "c.yaml:4:21: attempts: must be a whole number from 1 to 20, not '5s'"},
        {STORES OUTPUTS "retries: {attempts: 1K}\n",
         "c.yaml:4:21: attempts: must be a whole number from 1 to 20, not '1K'"},
        {STORES OUTPUTS "retries: {attempts: }\n",
         "c.yaml:4:21: attempts: must be a whole number from 1 to 20, not nothing"},
        {STORES OUTPUTS "s3: {region: ~}\n", "c.yaml:4:14: region: must be a text, not nothing"},
        {STORES OUTPUTS "s3: {region: {a: 1}}\n", "c.yaml:4:14: region: must be a text, not a mapping"},
        {"source: {url: s3://photos, include: x}\ndestination: {url: s3://web}\n" OUTPUTS,
         "c.yaml:1:37: include: must be a list of patterns, not 'x'"},
        {"source: {url: s3://photos, include: [[x]]}\ndestination: {url: s3://web}\n" OUTPUTS,
         "c.yaml:1:38: include: must be a list of patterns, not a list"},
        {"source: {url: s3://photos, include: ['']}\ndestination: {url: s3://web}\n" OUTPUTS,
         "c.yaml:1:38: include: '': a pattern has 1 to 256 bytes"},
        {STORES "outputs: [{name: a, width: 1, height: 1, headers: [x]}]\n",
         "c.yaml:3:51: headers: must be a mapping of names to values, not a list"},
        {STORES "outputs: [{name: a, width: 1, height: 1, headers: {Expires: [x]}}]\n",
         "c.yaml:3:61: headers: 'Expires' must have a text for a value"},
        {STORES "outputs: [{name: a, width: 1, height: 1, headers: {Expires: }}]\n",
         "c.yaml:3:61: headers: 'Expires' must have a text for a value"},
    };

    CHECK(cases);
}

Test(config_errors, ranges)
{
    static const Case cases[] = {
        {STORES "outputs: [{name: a, width: 0, height: 1}]\n",
         "c.yaml:3:28: width: must be auto or a whole number from 1 to 16383, not '0'"},
        {STORES "outputs: [{name: a, width: 1, height: 16384}]\n",
         "c.yaml:3:39: height: must be auto or a whole number from 1 to 16383, not '16384'"},
        {STORES "outputs: [{name: a, width: -1, height: 1}]\n",
         "c.yaml:3:28: width: must be auto or a whole number from 1 to 16383, not '-1'"},
        {STORES "outputs: [{name: a, width: 4294967297, height: 1}]\n",
         "c.yaml:3:28: width: must be auto or a whole number from 1 to 16383, not '4294967297'"},
        {STORES "outputs: [{name: a, width: 1.5, height: 1}]\n",
         "c.yaml:3:28: width: must be auto or a whole number from 1 to 16383, not '1.5'"},
        {STORES "outputs: [{name: a, width: 1, height: 1, quality: 101}]\n",
         "c.yaml:3:51: quality: must be auto or a whole number from 1 to 100, not '101'"},
        {STORES "outputs: [{name: a, width: 1, height: 1, fit: stretch}]\n",
         "c.yaml:3:47: fit: must be one of inside, outside, cover, contain, fill, not 'stretch'"},
        {STORES "outputs: [{name: a, width: 1, height: 1, format: heic}]\n",
         "c.yaml:3:50: format: must be one of jpeg, png, webp, gif, tiff, avif, source, not 'heic'"},
        {STORES OUTPUTS "s3: {addressing: dns}\n",
         "c.yaml:4:18: addressing: must be one of auto, path, virtual, not 'dns'"},
        {STORES OUTPUTS "workers: {count: 0}\n",
         "c.yaml:4:18: count: must be auto or a whole number from 1 to 1024, not '0'"},
        {STORES OUTPUTS "workers: {count: 1025}\n",
         "c.yaml:4:18: count: must be auto or a whole number from 1 to 1024, not '1025'"},
        {STORES OUTPUTS "workers: {task_timeout: 60}\n",
         "c.yaml:4:25: task_timeout: must be a duration from 1s to 1d, such as 60s or 5m, not '60'"},
        {STORES OUTPUTS "workers: {task_timeout: 999ms}\n",
         "c.yaml:4:25: task_timeout: must be a duration from 1s to 1d, such as 60s or 5m, not '999ms'"},
        {STORES OUTPUTS "workers: {task_timeout: 25h}\n",
         "c.yaml:4:25: task_timeout: must be a duration from 1s to 1d, such as 60s or 5m, not '25h'"},
        {STORES OUTPUTS "stop_timeout: 2d\n",
         "c.yaml:4:15: stop_timeout: must be a duration from 0 to 1d, such as 60s or 5m, not '2d'"},
        {STORES OUTPUTS "limits: {max_pixels: 0}\n",
         "c.yaml:4:22: max_pixels: must be a whole number from 1 to 10G, such as 256M or 256Mi, not '0'"},
        {STORES OUTPUTS "limits: {max_source_bytes: 5G}\n",
         "c.yaml:4:28: max_source_bytes: must be a whole number from 1 to 4Gi, such as 256M or 256Mi, not "
         "'5G'"},
        {STORES OUTPUTS "limits: {max_source_bytes: 256MB}\n",
         "c.yaml:4:28: max_source_bytes: must be a whole number from 1 to 4Gi, such as 256M or 256Mi, not "
         "'256MB'"},
    };

    CHECK(cases);
}

Test(config_errors, texts)
{
    static const Case cases[] = {
        {"source: {url: /srv}\ndestination: {url: s3://web}\n" OUTPUTS,
         "c.yaml:1:15: url: '/srv': a store is s3://BUCKET/ or s3://BUCKET/PREFIX/ or file:///DIRECTORY/"},
        {"source: {url: s3://photos}\ndestination: {url: 's3://W'}\n" OUTPUTS,
         "c.yaml:2:20: url: 's3://W': 'W' is not a valid bucket name"},
        {"source: {url: s3://photos}\ndestination: {url: 's3://Web', s3: {region: x}}\n" OUTPUTS,
         "c.yaml:2:20: url: 'Web' is not a valid bucket name at AWS (3 to 63 of a-z 0-9 . -)"},
        {"source: {url: s3://my_photos}\ndestination: {url: 's3://Web', s3: {endpoint: "
         "'http://h'}}\n" OUTPUTS,
         "c.yaml:1:15: url: 'my_photos' is not a valid bucket name at AWS (3 to 63 of a-z 0-9 . -)"},
        {STORES OUTPUTS "s3: {endpoint: localhost}\n",
         "c.yaml:4:16: endpoint: 'localhost': an endpoint is http://HOST:PORT or https://HOST:PORT"},
        {STORES OUTPUTS "s3: {region: U.S}\n",
         "c.yaml:4:14: region: 'U.S': a region is 1 to 63 of a-z A-Z 0-9 _ -"},
        {STORES OUTPUTS "s3: {ca_file: ca.pem}\n",
         "c.yaml:4:15: ca_file: 'ca.pem': must be an absolute path"},
        {STORES "outputs: [{name: A, width: 1, height: 1}]\n",
         "c.yaml:3:18: name: 'A': an output's name is 1 to 64 of a-z 0-9 _ -"},
        {STORES "outputs: [{name: \"a\\nb\", width: 1, height: 1}]\n",
         "c.yaml:3:18: name: 'a\\nb': an output's name is 1 to 64 of a-z 0-9 _ -"},
        {STORES "outputs: [{name: a, width: 1, height: 1, key: '{steam}'}]\n",
         "c.yaml:3:47: key: '{steam}': unknown placeholder {steam} (known: {output} {dir} {stem} {name} "
         "{ext} "
         "{width} {height} {recipe})"},
        {STORES "outputs: [{name: a, width: 1, height: 1, headers: {Content-Type: x}}]\n",
         "c.yaml:3:52: headers: 'Content-Type': header not allowed (allowed: Cache-Control, "
         "Content-Disposition, Content-Language, Expires, x-amz-meta-*)"},
        {STORES "outputs: [{name: a, width: 1, height: 1, headers: {Expires: \"x\\r\\ny\"}}]\n",
         "c.yaml:3:52: headers: 'Expires': the value of 'Expires' must be printable ASCII, without spaces at "
         "its "
         "ends or two in a row"},
    };

    CHECK(cases);
}

#define STATE(text) "source: {url: s3://photos}\ndestination: {url: s3://web, state: " text "}\n"
#define NO_STATE(text)                                                                                       \
    "c.yaml:2:37: state: '" text                                                                             \
    "': a folder below destination.url, of A-Z a-z 0-9 . _ - and up to 200 bytes, "                          \
    "such as .thumbmill/; or none"

Test(config_errors, the_state_folder)
{
    static const Case cases[] = {
        {STATE("/srv") OUTPUTS, NO_STATE("/srv")},
        {STATE("a//b") OUTPUTS, NO_STATE("a//b")},
        {STATE("a/../b") OUTPUTS, NO_STATE("a/../b")},
        {STATE("./a") OUTPUTS, NO_STATE("./a")},
        {STATE("''") OUTPUTS, NO_STATE("")},
        {STATE("/") OUTPUTS, NO_STATE("/")},
        {STATE("'a*'") OUTPUTS, NO_STATE("a*")},
        {STATE("kept") "outputs: [{name: a, width: 1, key: 'kept/{stem}'}]\n",
         "c.yaml:3:36: key: 'kept/' is the folder of destination.state, which must not contain outputs"},
        {"source: {url: s3://web/.thumbmill/in/}\ndestination: {url: s3://web}\n" OUTPUTS,
         "c.yaml:1:15: url: source.url lies in the state folder of the destination ('.thumbmill/')"},
        {STORES OUTPUTS "recipe_change: ask\n",
         "c.yaml:4:16: recipe_change: must be one of report, remake, not 'ask'"},
    };

    CHECK(cases);
}

Test(config_errors, schedules)
{
    static const Case cases[] = {
        {STORES OUTPUTS "schedule: '*/10 * * *'\n",
         "c.yaml:4:11: schedule: '*/10 * * *': a schedule has five fields (minute, hour, day, month, day of "
         "the "
         "week) or is @hourly, @daily, @weekly, @monthly or @yearly"},
        {STORES OUTPUTS "schedule: '0 25 * * *'\n", "c.yaml:4:11: schedule: '0 25 * * *': '25' is not a "
                                                    "valid hour (0 to 23, a list, a range, * or a step)"},
        {STORES OUTPUTS "schedule: '0 0 * febuary *'\n",
         "c.yaml:4:11: schedule: '0 0 * febuary *': 'febuary' is not a valid month (1 to 12 or names, a "
         "list, a "
         "range, * or "
         "a step)"},
        {STORES OUTPUTS "schedule: '0 0 31 4 *'\n",
         "c.yaml:4:11: schedule: '0 0 31 4 *': '0 0 31 4 *' never matches: no month has that day"},
        {STORES OUTPUTS "schedule: '@daily'\nevery: 10m\n",
         "c.yaml:5:8: every: cannot be combined with schedule"},
        {STORES OUTPUTS "every: 0\n",
         "c.yaml:4:8: every: must be never or a duration from 1s to 366d, such as 60s or 5m, not '0'"},
        {STORES OUTPUTS "control: {mode: 0999}\n",
         "c.yaml:4:17: mode: '0999': permissions are three octal digits, such as 0660, in quotes"},
        {"source: {url: s3://photos}\ndestination: {url: file:///b, file_mode: '0444', dir_mode: "
         "4755}\n" OUTPUTS,
         "c.yaml:2:42: file_mode: '0444': a file's permissions are three octal digits, such as 0644, in "
         "quotes; its owner must be able to read and write\nc.yaml:2:60: dir_mode: '4755': a directory's "
         "permissions are octal digits, such as 0755 or 2775, in quotes; its owner must have all three"},
        {"source: {url: s3://photos}\ndestination: {url: file:///b, max_delete: 101%}\n" OUTPUTS,
         "c.yaml:2:43: max_delete: '101%': a number of objects such as 1000, or a share such as 10%"},
        {"source: {url: s3://photos}\ndestination: {url: file:///b, provenance: none, orphans: "
         "delete}\n" OUTPUTS,
         "c.yaml:2:58: orphans: delete needs to know what is thumbmill's: not with provenance: none"},
        {STORES OUTPUTS "control: {group: 'a b', socket: run/x}\n",
         "c.yaml:4:18: group: 'a b': not a valid group name\nc.yaml:4:33: socket: 'run/x': must be an "
         "absolute path"},
        {STORES OUTPUTS "missed: later\n", "c.yaml:4:9: missed: must be one of run, skip, not 'later'"},
    };

    CHECK(cases);
}

Test(config_errors, outputs_that_collide)
{
    static const Case cases[] = {
        {STORES "outputs:\n- {name: a, width: 1, height: 1}\n- {name: a, width: 2, height: 2}\n",
         "c.yaml:5:10: name: a second output with the name 'a'"},
        {STORES "outputs:\n- {name: a, width: 1, height: 1, key: '{stem}'}\n"
                "- {name: b, width: 2, height: 2, key: '{stem}'}\n",
         "c.yaml:5:39: key: outputs 'a' and 'b' have the same key for 'photo.jpg' (use {output} in the "
         "template)"},
        {STORES "outputs:\n- {name: a, width: 1, height: 1, key: 'b/{dir}{stem}.jpg'}\n"
                "- {name: b, width: 2, height: 2}\n",
         "c.yaml:5:10: key: outputs 'a' and 'b' have the same key for 'photo.jpg' (use {output} in the "
         "template)"},
        {STORES "outputs:\n- {name: a, width: 1, height: 1, key: 'folder/{stem}'}\n"
                "- {name: b, width: 2, height: 2, key: '{dir}{stem}'}\n",
         "c.yaml:5:39: key: outputs 'a' and 'b' have the same key for 'folder/photo.jpg' (use {output} in "
         "the template)"},
        {STORES "outputs:\n- {name: a, width: 1, height: 1, match: ['*_1.tif'], key: '{stem}'}\n"
                "- {name: b, width: 2, height: 2, match: ['c*.tif'], except: ['photo*'], key: '{stem}'}\n"
                "- {name: c, width: 2, height: 2, match: ['*_?.tif', '*.png'], key: '{stem}'}\n",
         "c.yaml:6:68: key: outputs 'a' and 'c' have the same key for 'photo_1.tif' (use {output} in the "
         "template)"},
        {STORES "outputs: [{name: a, width: 1, match: ['']}]\n",
         "c.yaml:3:39: match: '': a pattern has 1 to 256 bytes"},
    };

    CHECK(cases);
}

Test(config_errors, all_are_reported_in_the_order_of_the_file)
{
    static const Case cases[] = {
        {"s3: {region: X!}\nsource: {ulr: s3://photos}\noutputs: [{name: a, width: 0, height: 1}]\nx: 1\n",
         "c.yaml:1:1: missing key 'destination'\n"
         "c.yaml:1:14: region: 'X!': a region is 1 to 63 of a-z A-Z 0-9 _ -\n"
         "c.yaml:2:9: missing key 'url'\n"
         "c.yaml:2:10: unknown key 'ulr', did you mean 'url'?\n"
         "c.yaml:3:28: width: must be auto or a whole number from 1 to 16383, not '0'\n"
         "c.yaml:4:1: unknown key 'x'"},
    };

    CHECK(cases);
}

static guint count_lines(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    return g_strv_length(lines);
}

Test(config_errors, no_more_than_twenty)
{
    g_autoptr(GString) text = g_string_new(STORES OUTPUTS);
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < 30; i++)
        g_string_append_printf(text, "x%u: 1\n", i);
    cr_assert_null(config_parse(text->str, text->len, "c", &error));
    cr_assert_eq(count_lines(error->message), PROBLEMS_MAX);
}

Test(config_errors, long_values_are_cut_at_a_character)
{
    g_autoptr(GString) text = g_string_new(STORES OUTPUTS);
    g_autoptr(GError) error = NULL;

    g_string_append(text, "x");
    for (guint i = 0; i < 40; i++)
        g_string_append(text, "\xc3\xa9");
    g_string_append(text, "yyyy: 1\n");
    cr_assert_null(config_parse(text->str, text->len, "c", &error));
    cr_assert(g_utf8_validate(error->message, -1, NULL));
    cr_assert(g_str_has_suffix(error->message, "\xc3\xa9...'"), "%s", error->message);
    cr_assert_lt(strlen(error->message), 120);
}

Test(config_errors, the_name_of_the_file_is_escaped)
{
    g_autoptr(GError) error = NULL;

    cr_assert_null(config_parse("", 0, "a\nb", &error));
    cr_assert_str_eq(error->message, "a\\nb:1:1: the configuration is empty");
}
