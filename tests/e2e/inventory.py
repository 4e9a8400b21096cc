"""Writes an S3 Inventory in the layout that the Amazon S3 User Guide documents ("Locating your S3 Inventory list"):
BUCKET/CONFIGURATION/DATE/manifest.json with manifest.checksum, and BUCKET/CONFIGURATION/data/*.csv.gz."""

import csv
import gzip
import hashlib
import io
import json
import os
import urllib.parse

SCHEMA = ("Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker", "Size", "LastModifiedDate")


def write(folder, bucket, rows, files=1):
    """The path of the manifest. rows: dictionaries of columns; each needs a Key, which is not encoded yet."""
    top = os.path.join(folder, bucket, "all")
    data, dated = os.path.join(top, "data"), os.path.join(top, "2026-11-29T01-00Z")
    os.makedirs(data)
    os.makedirs(dated)
    entries = []
    for number in range(files):
        text = io.StringIO()
        lines = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for row in rows[number::files]:
            full = {"Bucket": bucket, "VersionId": "", "IsLatest": "true", "IsDeleteMarker": "false", "Size": "1",
                    "LastModifiedDate": "2026-11-28T10:00:00.000Z", **row}
            full["Key"] = urllib.parse.quote_plus(full["Key"], safe="/")
            lines.writerow(full[column] for column in SCHEMA)
        packed = gzip.compress(text.getvalue().encode())
        name = f"{number:08x}-5ee0-41d9-b32b-a12b40a6f271.csv.gz"
        with open(os.path.join(data, name), "wb") as file:
            file.write(packed)
        entries.append({"key": f"inventories/{bucket}/all/data/{name}", "size": len(packed), "MD5checksum": hashlib.md5(packed).hexdigest()})
    manifest = os.path.join(dated, "manifest.json")
    save(manifest, {"sourceBucket": bucket, "destinationBucket": "arn:aws:s3:::inventories", "version": "2016-11-30",
                    "creationTimestamp": "1764378000000", "fileFormat": "CSV", "fileSchema": ", ".join(SCHEMA), "files": entries})
    return manifest


def save(path, manifest, keep_checksum=False):
    text = json.dumps(manifest, indent=2)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    if not keep_checksum:
        with open(os.path.join(os.path.dirname(path), "manifest.checksum"), "w", encoding="utf-8") as file:
            file.write(hashlib.md5(text.encode()).hexdigest())


def change(path, keep_checksum=False, **members):
    with open(path, encoding="utf-8") as file:
        manifest = json.load(file)
    save(path, {**manifest, **members}, keep_checksum)
