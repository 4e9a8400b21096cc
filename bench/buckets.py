"""Buckets of the gateway that the environment names (tests/servers/rgw), as benchmarks use them."""

import os


def make_client(**options):
    """A client of boto3; options are of its Config."""
    import boto3
    from botocore.config import Config

    return boto3.client("s3", endpoint_url=os.environ["S3_ENDPOINT"], region_name=os.environ["AWS_REGION"],
                        config=Config(s3={"addressing_style": "path"}, **options))


def list_keys(client, bucket):
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        yield from (item["Key"] for item in page.get("Contents", []))


def delete_keys(client, bucket, keys):
    keys = list(keys)
    for first in range(0, len(keys), 1000):
        client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys[first:first + 1000]], "Quiet": True})


def empty(client, bucket):
    delete_keys(client, bucket, list_keys(client, bucket))


def remove(client, *buckets):
    for bucket in buckets:
        empty(client, bucket)
        client.delete_bucket(Bucket=bucket)
