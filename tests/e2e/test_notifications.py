#!/usr/bin/python3
"""What a real object gateway tells a real broker about a bucket, as our own reader understands it.

Besides a gateway: a broker (`tests/servers/rabbitmq`), and its env.
"""

import json
import os
import queue
import statistics
import subprocess
import threading
import time
import unittest

from harness import BUILT, Case, Gateway

CREATED, REMOVED, OTHER = range(3)
KEYS = [
    "plain.jpg",
    "with space/two  spaces",
    " leading and trailing /x ",
    "plus+sign+",
    "percent%41%2F%",
    "ünï cödé/日本語/emoji 😀",
    "nfd u\u0308 and nfc \u00fc",
    "double//slash",
    "quotes'\"`",
    "markup<&>;",
    "query?a=b&c=d#fragment",
    "back\\slash",
    "reserved!*'()~@:$,=;",
    "tab\tinside",
    "line\nbreak",
    "k" * 1024,
]
PATIENCE_S = 30


class Listener:
    """Our reader of a queue."""

    def __init__(self, name):
        self.process = subprocess.Popen([os.path.join(BUILT, "queue_listen"), name], stdout=subprocess.PIPE, encoding="utf-8")
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)

    def line(self):
        return self.lines.get(timeout=PATIENCE_S)

    def event(self):
        return json.loads(self.line())

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def notify(bucket, name):
    """Has the gateway send the bucket's events to the exchange amq.topic. It takes a password over TLS only."""
    sns = gateway.boto3.client("sns", endpoint_url=os.environ["S3_TLS_ENDPOINT"], region_name=os.environ["AWS_REGION"],
                               verify=os.environ["S3_CA"])
    # a slash at the end would be an empty virtual host
    broker = f'amqp://{os.environ["AMQP_USER"]}:{os.environ["AMQP_PASSWORD"]}@127.0.0.1:{os.environ["AMQP_PORT"]}'
    topic = sns.create_topic(Name=name, Attributes={"push-endpoint": broker, "amqp-exchange": "amq.topic",
                                                    "amqp-ack-level": "broker", "persistent": "false"})
    sns.close()
    gateway.client.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={"TopicConfigurations": [{"Id": name, "TopicArn": topic["TopicArn"],
                                                            "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}]})


class Notifications(Case):
    def setUp(self):
        self.bucket = gateway.bucket("events")
        self.addCleanup(gateway.remove, self.bucket)
        self.listener = Listener(self.bucket)
        self.addCleanup(self.listener.stop)
        self.assertEqual(self.listener.line(), "ready\n")
        notify(self.bucket, self.bucket)

    def test_every_key_arrives_as_it_is(self):
        for i, key in enumerate(KEYS):
            gateway.put(self.bucket, key, b"x" * i)
        events = [self.listener.event() for _ in KEYS]
        self.assertEqual({event["key"]: event["size"] for event in events}, {key: i for i, key in enumerate(KEYS)})
        self.assertEqual({(event["kind"], event["name"], event["bucket"]) for event in events},
                         {(CREATED, "ObjectCreated:Put", self.bucket)})

    def test_what_is_copied_assembled_and_deleted_is_told(self):
        client, key = gateway.client, "a+b c.jpg"
        gateway.put(self.bucket, "first", b"x")
        self.assertEqual(self.listener.event()["key"], "first")
        client.copy_object(Bucket=self.bucket, Key="copy", CopySource={"Bucket": self.bucket, "Key": "first"})
        event = self.listener.event()
        self.assertEqual((event["kind"], event["name"], event["key"]), (CREATED, "ObjectCreated:Copy", "copy"))

        upload = client.create_multipart_upload(Bucket=self.bucket, Key=key)["UploadId"]
        part = client.upload_part(Bucket=self.bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"part")
        client.complete_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload,
                                         MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
        event = self.listener.event()
        while event["name"] == "ObjectCreated:Post":  # the upload has begun: there is no object yet
            event = self.listener.event()
        self.assertEqual((event["kind"], event["name"], event["key"]), (CREATED, "ObjectCreated:CompleteMultipartUpload", key))

        client.delete_object(Bucket=self.bucket, Key=key)
        event = self.listener.event()
        self.assertEqual((event["kind"], event["key"]), (REMOVED, key))

    def test_an_event_is_here_soon_after_the_upload(self):
        seconds = []
        for i in range(20):
            gateway.put(self.bucket, f"{i}.jpg", b"x" * 30000)
            ended = time.time()
            event = self.listener.event()
            self.assertEqual(event["key"], f"{i}.jpg")
            seconds.append(event["time"] - ended)
        # such a gateway answers the upload after the broker has the event: it may well be here before
        print(f"after the upload's end: median {statistics.median(seconds) * 1000:.1f} ms, latest {max(seconds) * 1000:.1f} ms")
        self.assertLess(statistics.median(seconds), 0.1)


gateway = Gateway()

if __name__ == "__main__":
    unittest.main()
