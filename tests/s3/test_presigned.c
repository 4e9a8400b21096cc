#include <criterion/criterion.h>

#include "s3/aws/sigv4.h"
#include "s3/presigned.h"

Test(presigned, end)
{
    cr_assert_eq(presigned_end_s(
                     "https://h/k?X-Amz-Algorithm=A&X-Amz-Date=20330518T033320Z&X-Amz-Expires=60&X-Amz-S=1"),
                 2000000060);
    cr_assert_eq(presigned_end_s("https://h/k?X-Amz-Expires=0&X-Amz-Date=20330518T033320Z"), 2000000000);
}

Test(presigned, no_end)
{
    static const char *const urls[] = {"",
                                       "https://h/k",
                                       "https://h/X-Amz-Date=20330518T033320Z&X-Amz-Expires=60",
                                       "https://h/k?X-Amz-Date=20330518T033320Z",
                                       "https://h/k?X-Amz-Expires=60",
                                       "https://h/k?X-Amz-Date=20330518T0333&X-Amz-Expires=60",
                                       "https://h/k?X-Amz-Date=20339918T033320Z&X-Amz-Expires=60",
                                       "https://h/k?X-Amz-Date=20330518T033320Z&X-Amz-Expires=604801",
                                       "https://h/k?xX-Amz-Date=20330518T033320Z&X-Amz-Expires=60"};

    for (gsize i = 0; i < G_N_ELEMENTS(urls); i++)
        cr_assert_eq(presigned_end_s(urls[i]), G_MAXINT64, "%s", urls[i]);
}

/* Reads URLs of our own signer. */
Test(presigned, of_the_signer)
{
    g_autoptr(Credentials) credentials = credentials_new("id", secret_new("s", 1), NULL, "here");
    g_autoptr(Sigv4Signer) signer = sigv4_signer_new(credentials, "r", "s3");
    const Sigv4Request request = {.method = "GET", .host = "h", .path = "/k"};
    g_autofree char *query = sigv4_signer_presign(signer, &request, 1700000000, 900);
    g_autofree char *url = g_strconcat("http://h/k?", query, NULL);

    cr_assert_eq(presigned_end_s(url), 1700000900);
}
