#include <criterion/criterion.h>
#include <string.h>

#include "base/limits.h"
#include "s3/aws/error_xml.h"

static S3Error parse(const char *text)
{
    return error_xml_parse(text, strlen(text));
}

Test(error_xml, takes_code_message_and_region)
{
    g_auto(S3Error) error =
        parse("<?xml version=\"1.0\"?>\n<Error><Code>AuthorizationHeaderMalformed</Code><Message>The region "
              "'us-east-1' is "
              "wrong; expecting "
              "'eu-west-1'</Message><Region>eu-west-1</Region><Other><Code>no</Code></Other></Error>");

    cr_assert_str_eq(error.code, "AuthorizationHeaderMalformed");
    cr_assert_str_eq(error.message, "The region 'us-east-1' is wrong; expecting 'eu-west-1'");
    cr_assert_str_eq(error.region, "eu-west-1");
}

/* Other services of AWS wrap the error in a response. */
Test(error_xml, takes_it_out_of_a_response)
{
    g_auto(S3Error) error =
        parse("<ErrorResponse xmlns=\"https://sts.amazonaws.com/\"><Error><Type>Sender</Type>"
              "<Code>AccessDenied</Code><Message>no</Message></Error><RequestId>1</RequestId>"
              "</ErrorResponse>");
    g_auto(S3Error) flat = parse("<ErrorResponse><Code>AccessDenied</Code></ErrorResponse>");
    g_auto(S3Error) deep = parse("<Error><Error><Code>AccessDenied</Code></Error></Error>");

    cr_assert_str_eq(error.code, "AccessDenied");
    cr_assert_str_eq(error.message, "no");
    cr_assert_null(flat.code);
    cr_assert_null(deep.code);
}

Test(error_xml, takes_what_can_be_had_of_a_cut_document)
{
    g_auto(S3Error) error = parse("<Error><Code>SlowDown</Code><Message>Please re");

    cr_assert_str_eq(error.code, "SlowDown");
    cr_assert_null(error.message);
}

Test(error_xml, other_documents_are_nothing)
{
    static const char *const texts[] = {"",
                                        "Bad Gateway",
                                        "<html><Code>x</Code></html>",
                                        "<Error/>",
                                        "<!DOCTYPE e [<!ENTITY a \"b\">]><Error><Code>&a;</Code></Error>",
                                        "<Error><Code></Code></Error>",
                                        "{\"code\": 1}"};

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_auto(S3Error) error = parse(texts[i]);

        cr_assert_null(error.code, "%s", texts[i]);
        cr_assert_null(error.message, "%s", texts[i]);
    }
    {
        g_auto(S3Error) none = error_xml_parse(NULL, 0);

        cr_assert_null(none.code);
    }
}

/* The text is printed on terminals and in logs. */
Test(error_xml, text_is_made_printable_and_short)
{
    GString *text = g_string_new("<Error><Code>a&#10;b</Code><Message>");
    g_auto(S3Error) error = {0};

    for (int i = 0; i < 2000; i++)
        g_string_append(text, "\xc3\xa9");
    g_string_append(text, "</Message></Error>");
    error = parse(text->str);
    cr_assert_str_eq(error.code, "a\\nb");
    cr_assert_leq(strlen(error.message), 300);
    cr_assert_geq(strlen(error.message), 290);
    cr_assert(g_utf8_validate(error.message, -1, NULL));
    g_string_free(text, TRUE);
}

Test(error_xml, a_document_over_the_limit_is_read_as_far_as_it_goes)
{
    GString *text = g_string_new("<Error><Code>Early</Code>");
    g_auto(S3Error) error = {0};

    while (text->len < LIMIT_ERROR_BYTES + 100)
        g_string_append(text, "<x>y</x>");
    g_string_append(text, "<Message>late</Message></Error>");
    error = parse(text->str);
    cr_assert_str_eq(error.code, "Early");
    cr_assert_null(error.message);
    g_string_free(text, TRUE);
}
