"""Drives the fake of AWS with a client that shares no code with the SDK for JavaScript: python3 boto3-scenario.py URL.

Every answer is read by botocore, from Amazon's own description of the services; a word that it cannot read is missing in what it gives.
Says what it did, a line each; ends with an exception if anything is not as AWS has it. Works with boto3 1.26, as Debian 12 has it.
"""

import base64
import hashlib
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

HOME, AWAY = "eu-west-1", "us-east-1"
OTHER = "210987654321"
BLOCK = 512 * 1024


def client(service, region=HOME):
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=sys.argv[1],
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )


def refused(code, status, call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        got = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert got == (code, status), f"{got}, not {code} {status}: {error}"
        assert error.response["ResponseMetadata"]["RequestId"], "no request id"
        return error
    raise AssertionError(f"no {code}")


def same(got, expected):
    assert got == expected, f"{got!r} is not {expected!r}"


def sha256(data):
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def write_snapshot(token):
    ebs = client("ebs")
    asked = dict(VolumeSize=1, ClientToken=token, Description="disk", Tags=[{"Key": "key", "Value": "a & b"}])
    started = ebs.start_snapshot(**asked)
    same((started["Status"], started["BlockSize"], started["VolumeSize"]), ("pending", BLOCK, 1))
    same(ebs.start_snapshot(**asked)["SnapshotId"], started["SnapshotId"])
    refused("ConflictException", 503, ebs.start_snapshot, **{**asked, "VolumeSize": 2})
    snapshot = started["SnapshotId"]
    blocks = {0: b"\1" * BLOCK, 7: b"\2" * BLOCK}
    for index, data in blocks.items():
        put = dict(SnapshotId=snapshot, BlockIndex=index, DataLength=BLOCK, ChecksumAlgorithm="SHA256")
        same(ebs.put_snapshot_block(BlockData=data, Checksum=sha256(data), **put)["Checksum"], sha256(data))
    error = refused("ValidationException", 400, ebs.put_snapshot_block, BlockData=b"\3" * BLOCK, Checksum=sha256(b""), **put)
    same(error.response["Reason"], "INVALID_BLOCK")
    linear = sha256(b"".join(hashlib.sha256(data).digest() for data in blocks.values()))
    sums = dict(Checksum=linear, ChecksumAlgorithm="SHA256", ChecksumAggregationMethod="LINEAR")
    refused("ValidationException", 400, ebs.complete_snapshot, SnapshotId=snapshot, ChangedBlocksCount=1, **sums)
    same(ebs.complete_snapshot(SnapshotId=snapshot, ChangedBlocksCount=2, **sums)["Status"], "completed")

    listed = ebs.list_snapshot_blocks(SnapshotId=snapshot)
    same([each["BlockIndex"] for each in listed["Blocks"]], [0, 7])
    token = listed["Blocks"][1]["BlockToken"]
    read = ebs.get_snapshot_block(SnapshotId=snapshot, BlockIndex=7, BlockToken=token)
    same((read["BlockData"].read(), read["DataLength"]), (blocks[7], BLOCK))
    refused("ResourceNotFoundException", 404, ebs.list_snapshot_blocks, SnapshotId="snap-0123456789abcdef0")
    print("written by EBS direct and read back")
    return snapshot


def register(snapshot):
    ec2 = client("ec2")
    client("ec2").get_waiter("snapshot_completed").wait(SnapshotIds=[snapshot])
    seen = ec2.describe_snapshots(Filters=[{"Name": "tag:key", "Values": ["a & b"]}], OwnerIds=["self"])["Snapshots"]
    same([(each["SnapshotId"], each["State"], each["Progress"]) for each in seen], [(snapshot, "completed", "100%")])
    asked = dict(
        Name="alpine (1)",
        Architecture="x86_64",
        BootMode="uefi",
        TpmSupport="v2.0",
        ImdsSupport="v2.0",
        EnaSupport=True,
        SriovNetSupport="simple",
        VirtualizationType="hvm",
        RootDeviceName="/dev/xvda",
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot, "VolumeType": "gp3"}}],
    )
    refused("DryRunOperation", 412, ec2.register_image, DryRun=True, **asked)
    image = ec2.register_image(**asked)["ImageId"]
    refused("InvalidAMIName.Duplicate", 400, ec2.register_image, **asked)
    ec2.get_waiter("image_available").wait(ImageIds=[image])
    found = ec2.describe_images(Owners=["self"], Filters=[{"Name": "name", "Values": ["alpine*"]}])["Images"]
    same(len(found), 1)
    for name in ["Name", "Architecture", "BootMode", "TpmSupport", "ImdsSupport", "EnaSupport", "VirtualizationType"]:
        same(found[0][name], asked[name])
    same(found[0]["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"], 1)
    refused("InvalidSnapshot.InUse", 400, ec2.delete_snapshot, SnapshotId=snapshot)
    refused("InvalidAMIID.NotFound", 400, ec2.describe_images, ImageIds=["ami-0123456789abcdef0"])
    print("registered")
    return image


def tag(*things):
    ec2 = client("ec2")
    ec2.create_tags(Resources=list(things), Tags=[{"Key": "aib", "Value": "é <x>"}])
    pages = ec2.get_paginator("describe_tags").paginate(Filters=[{"Name": "key", "Values": ["aib"]}])
    found = [each for page in pages for each in page["Tags"]]
    same(sorted(each["ResourceId"] for each in found), sorted(things))
    same({each["Value"] for each in found}, {"é <x>"})
    ec2.delete_tags(Resources=[things[0]], Tags=[{"Key": "aib"}])
    same(len(ec2.describe_tags(Filters=[{"Name": "key", "Values": ["aib"]}])["Tags"]), len(things) - 1)
    refused("InvalidParameterValue", 400, ec2.create_tags, Resources=list(things), Tags=[{"Key": "aws:a", "Value": ""}])
    print("tagged")


def copy(image):
    ec2 = client("ec2", AWAY)
    asked = dict(Name="copy", SourceImageId=image, SourceRegion=HOME, ClientToken="token", CopyImageTags=True)
    copied = ec2.copy_image(**asked)["ImageId"]
    same(ec2.copy_image(**asked)["ImageId"], copied)
    refused("IdempotentParameterMismatch", 400, ec2.copy_image, **{**asked, "Name": "other"})
    ec2.get_waiter("image_available").wait(ImageIds=[copied])
    found = ec2.describe_images(ImageIds=[copied])["Images"][0]
    same((found["State"], found["Tags"]), ("available", [{"Key": "aib", "Value": "é <x>"}]))
    assert found["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"].startswith("snap-")
    print("copied")
    return copied


def share(image):
    ec2 = client("ec2", AWAY)
    users = [{"UserId": OTHER}]
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": users})
    ec2.modify_image_attribute(ImageId=image, Attribute="launchPermission", OperationType="add", UserGroups=["all"])
    told = ec2.describe_image_attribute(ImageId=image, Attribute="launchPermission")["LaunchPermissions"]
    same(told, [{"Group": "all"}, {"UserId": OTHER}])
    ec2.modify_image_attribute(ImageId=image, Description={"Value": "words"})
    ec2.enable_image_deprecation(ImageId=image, DeprecateAt="2027-11-01T00:00:00Z")
    found = ec2.describe_images(ImageIds=[image])["Images"][0]
    same((found["Public"], found["Description"]), (True, "words"))
    same(found["DeprecationTime"], "2027-11-01T00:00:00.000Z")
    ec2.reset_image_attribute(ImageId=image, Attribute="launchPermission")
    same(ec2.describe_image_attribute(ImageId=image, Attribute="launchPermission")["LaunchPermissions"], [])
    ec2.deregister_image(ImageId=image)
    same(ec2.describe_images(Owners=["self"])["Images"], [])
    print("shared, deprecated and deregistered")


def import_object():
    s3, ec2 = client("s3"), client("ec2")
    s3.create_bucket(Bucket="images", CreateBucketConfiguration={"LocationConstraint": HOME})
    s3.get_waiter("bucket_exists").wait(Bucket="images")
    place = dict(Bucket="images", Key="a disk/é")
    upload = dict(place, UploadId=s3.create_multipart_upload(ChecksumAlgorithm="SHA256", **place)["UploadId"])
    data = [b"\5" * (5 * 1024 * 1024), b"\6" * BLOCK]
    parts = []
    for number, part in enumerate(data, 1):
        answer = s3.upload_part(PartNumber=number, Body=part, ChecksumSHA256=sha256(part), **upload)
        parts.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": answer["ChecksumSHA256"]})
    same([each["Size"] for each in s3.list_parts(**upload)["Parts"]], [len(each) for each in data])
    whole = sha256(b"".join(hashlib.sha256(part).digest() for part in data)) + "-2"
    same(s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **upload)["ChecksumSHA256"], whole)
    refused("NoSuchUpload", 404, s3.abort_multipart_upload, **upload)
    same(s3.get_object(**place)["Body"].read(), b"".join(data))
    same(s3.get_object(Range="bytes=5242879-5242880", **place)["Body"].read(), b"\5\6")
    print("uploaded in parts")

    where = {"S3Bucket": "images", "S3Key": "a disk/é"}
    asked = dict(Description="mine", ClientToken="import", DiskContainer={"Format": "raw", "UserBucket": where})
    task = ec2.import_snapshot(**asked)["ImportTaskId"]
    same(ec2.import_snapshot(**asked)["ImportTaskId"], task)
    detail = ec2.describe_import_snapshot_tasks(ImportTaskIds=[task])["ImportSnapshotTasks"][0]["SnapshotTaskDetail"]
    same((detail["Status"], detail["DiskImageSize"]), ("completed", float(sum(map(len, data)))))
    same(len(client("ebs").list_snapshot_blocks(SnapshotId=detail["SnapshotId"])["Blocks"]), 11)
    refused("InvalidParameter", 400, ec2.import_snapshot, DiskContainer={"Format": "raw", "Url": "s3://images/none"})
    print("imported")

    refused("BucketNotEmpty", 409, s3.delete_bucket, Bucket="images")
    refused("NoSuchKey", 404, s3.get_object, Bucket="images", Key="none")
    refused("404", 404, s3.head_object, Bucket="images", Key="none")
    s3.delete_object(**place)
    s3.delete_bucket(Bucket="images")
    refused("404", 404, s3.head_bucket, Bucket="images")
    print("bucket removed")


def ask_about_the_account():
    same(client("sts").get_caller_identity()["Account"], "123456789012")
    names = [each["RegionName"] for each in client("ec2").describe_regions()["Regions"]]
    assert HOME in names and "af-south-1" not in names, names
    same(client("ec2").get_ebs_encryption_by_default()["EbsEncryptionByDefault"], False)
    refused("AuthFailure", 401, client("ec2", "af-south-1").describe_regions)
    print("the account is known")


if __name__ == "__main__":
    ask_about_the_account()
    first = write_snapshot("token")
    registered = register(first)
    tag(first, registered)
    share(copy(registered))
    import_object()
