/* Settings other than credentials in AWS's environment variables and profiles: region, endpoints, certificate
 * authorities, kinds of host names. Supervisor only. Pure.
 *
 * In all functions environment is an a{ss}, and profiles are those of that environment (profiles_load()). A
 * variable has precedence over the setting of the chosen profile. (AWS SDKs and Tools Reference Guide,
 * "Settings reference".) */
#pragma once

#include <glib.h>

#include "s3/aws/profiles.h"

typedef enum { AWS_SERVICE_S3, AWS_SERVICE_STS } AwsService;

/* AWS_REGION, AWS_DEFAULT_REGION, region; NULL if none is set. Borrowed from environment or profiles. */
const char *aws_settings_region(GVariant *environment, const Profiles *profiles);

/* The endpoint to use instead of AWS's own: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, endpoint_url below the
 * service in the profile's services section, endpoint_url. NULL if none is set, or if
 * AWS_IGNORE_CONFIGURED_ENDPOINT_URLS (ignore_configured_endpoint_urls) is true. Borrowed from environment or
 * profiles. */
const char *aws_settings_endpoint(GVariant *environment, const Profiles *profiles, AwsService service);

/* addressing_style below s3: auto, path or virtual, or any other value that the file has; NULL if it is not
 * set. Borrowed from profiles. */
const char *aws_settings_addressing(GVariant *environment, const Profiles *profiles);

/* AWS_CA_BUNDLE, ca_bundle: a PEM file; NULL for the system's. Borrowed from environment or profiles. */
const char *aws_settings_ca_bundle(GVariant *environment, const Profiles *profiles);

/* AWS_USE_DUALSTACK_ENDPOINT, use_dualstack_endpoint (for S3 also below s3): use hosts that also have IPv6
 * addresses. */
gboolean aws_settings_dual_stack(GVariant *environment, const Profiles *profiles, AwsService service);

/* AWS_USE_FIPS_ENDPOINT, use_fips_endpoint: use hosts with validated cryptography. */
gboolean aws_settings_fips(GVariant *environment, const Profiles *profiles);
