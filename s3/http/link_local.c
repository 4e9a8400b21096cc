#include "s3/http/link_local.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <string.h>

/* IPv6 addresses of EC2 (Amazon EC2 User Guide, "Instance metadata") and of EKS for pods ("EKS Pod
 * Identity"). */
static const char *const metadata_ipv6[] = {"fd00:ec2::254", "fd00:ec2::23"};

/* Alibaba Cloud's address, which is not link-local. */
#define METADATA_IPV4 "100.100.100.200"

/* RFC 3927 */
static gboolean is_local_ipv4(guint32 address)
{
    struct in_addr other;

    return (address & 0xffff0000u) == 0xa9fe0000u ||
           (inet_pton(AF_INET, METADATA_IPV4, &other) == 1 && ntohl(other.s_addr) == address);
}

static gboolean is_local_ipv6(const struct in6_addr *address)
{
    struct in6_addr other;

    if (IN6_IS_ADDR_V4MAPPED(address)) {
        guint32 mapped;

        memcpy(&mapped, &address->s6_addr[12], sizeof mapped);
        return is_local_ipv4(ntohl(mapped));
    }
    for (gsize i = 0; i < G_N_ELEMENTS(metadata_ipv6); i++)
        if (inet_pton(AF_INET6, metadata_ipv6[i], &other) == 1 && memcmp(address, &other, sizeof other) == 0)
            return TRUE;
    return FALSE;
}

gboolean link_local_is(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in ipv4;

        memcpy(&ipv4, address, sizeof ipv4);
        return is_local_ipv4(ntohl(ipv4.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 ipv6;

        memcpy(&ipv6, address, sizeof ipv6);
        return is_local_ipv6(&ipv6.sin6_addr);
    }
    return FALSE;
}

static gboolean is_address(const char *host)
{
    guint8 address[sizeof(struct in6_addr)];
    g_autofree char *bare = g_strdup(host);

    if (*bare != '[')
        return inet_pton(AF_INET, bare, address) == 1;
    bare[strcspn(bare, "]%")] = '\0';
    return inet_pton(AF_INET6, bare + 1, address) == 1;
}

gboolean link_local_is_literal(const char *url)
{
    CURLU *parts = curl_url();
    char *host = NULL;
    const gboolean is_literal =
        parts != NULL &&
        curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK && is_address(host);

    curl_free(host);
    curl_url_cleanup(parts);
    return is_literal;
}
