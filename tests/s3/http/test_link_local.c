#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>

#include "s3/http/http_proxies.h"
#include "s3/http/link_local.h"

static gboolean is_local(const char *text)
{
    struct sockaddr_in ipv4 = {.sin_family = AF_INET};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &ipv4.sin_addr) == 1)
        return link_local_is((const struct sockaddr *)&ipv4);
    cr_assert_eq(inet_pton(AF_INET6, text, &ipv6.sin6_addr), 1, "%s", text);
    return link_local_is((const struct sockaddr *)&ipv6);
}

Test(link_local, where_machines_are_given_their_keys)
{
    static const char *const yes[] = {"169.254.169.254",        "169.254.170.2", "169.254.170.23",
                                      "::ffff:169.254.169.254", "fd00:ec2::254", "fd00:ec2::23",
                                      "100.100.100.200"};
    static const char *const no[] = {"127.0.0.1", "169.253.255.255", "169.255.0.1", "10.0.0.1",
                                     "::1",       "fd00:ec2::253",   "fe80::1",     "100.100.100.201"};
    const struct sockaddr other = {.sa_family = AF_UNIX};

    for (gsize i = 0; i < G_N_ELEMENTS(yes); i++)
        cr_expect(is_local(yes[i]), "%s", yes[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(no); i++)
        cr_expect_not(is_local(no[i]), "%s", no[i]);
    cr_expect_not(link_local_is(&other));
}

Test(link_local, an_address_in_a_url_is_what_the_operator_wrote)
{
    cr_expect(link_local_is_literal("http://169.254.169.254/latest/meta-data"));
    cr_expect(link_local_is_literal("https://[fd00:ec2::254]:80/"));
    cr_expect(link_local_is_literal("socks5h://10.0.0.1:1080"));
    cr_expect(link_local_is_literal("10.0.0.1:3128"), "as a proxy may be written");
    cr_expect_not(link_local_is_literal("http://minio/bucket"));
    cr_expect_not(link_local_is_literal("http://169.254.169.254.example.org/"));
    cr_expect_not(link_local_is_literal("http://"));
    cr_expect_not(link_local_is_literal(""));
}

Test(link_local, the_port_of_a_proxy)
{
    cr_expect_eq(http_proxies_port("http://proxy:3128"), 3128);
    cr_expect_eq(http_proxies_port("http://user:secret@proxy:8080/"), 8080);
    cr_expect_eq(http_proxies_port("http://proxy"), 1080);
    cr_expect_eq(http_proxies_port("https://proxy"), 443);
    cr_expect_eq(http_proxies_port("socks5h://proxy"), 1080);
    cr_expect_eq(http_proxies_port("proxy:3128"), 3128);
    cr_expect_eq(http_proxies_port("proxy"), 1080);
    cr_expect_eq(http_proxies_port("http://[::1]:3128"), 3128);
    cr_expect_eq(http_proxies_port(""), 0);
}
