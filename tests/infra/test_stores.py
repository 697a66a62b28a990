"""Stores are closed, encrypted, backed up, and reached over TLS."""

from tests.infra.assembly import Assembly, listed, strings


def test_no_bucket_is_public_unencrypted_or_reachable_without_tls(assembly: Assembly) -> None:
    refused = {
        policy.properties["Bucket"]["Ref"]
        for policy in assembly.all("AWS::S3::BucketPolicy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        and statement["Action"] == "s3:*"
    }
    buckets = assembly.all("AWS::S3::Bucket")
    assert len(buckets) == 5
    for bucket in buckets:
        assert bucket.properties["PublicAccessBlockConfiguration"] == {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        }
        assert bucket.properties["BucketEncryption"]
        assert bucket.properties["LifecycleConfiguration"]["Rules"]
        assert bucket.key in refused


def test_no_bucket_policy_lets_everybody_in(assembly: Assembly) -> None:
    for policy in assembly.all("AWS::S3::BucketPolicy"):
        for statement in policy.properties["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow":
                assert "*" not in strings(statement["Principal"])


def test_files_recordings_and_the_site_log_who_reads_them(assembly: Assembly) -> None:
    logged = {
        bucket.key.rstrip("0123456789ABCDEF")
        for bucket in assembly.all("AWS::S3::Bucket")
        if "LoggingConfiguration" in bucket.properties
    }
    assert logged == {"Files", "Recordings", "Site"}


def test_the_queue_of_uploads_hears_of_what_clients_write_and_of_nothing_else(assembly: Assembly) -> None:
    [notified] = [
        bucket
        for bucket in assembly.all("AWS::S3::Bucket")
        if "NotificationConfiguration" in bucket.properties
    ]
    assert notified.key.startswith("Files")
    [rule] = notified.properties["NotificationConfiguration"]["QueueConfigurations"]
    assert rule["Event"] == "s3:ObjectCreated:*"
    assert rule["Filter"] == {"S3Key": {"Rules": [{"Name": "prefix", "Value": "uploads/"}]}}
    queue = rule["Queue"]["Fn::GetAtt"][0]
    [policy] = [
        found
        for found in assembly.all("AWS::SQS::QueuePolicy")
        if {"Ref": queue} in found.properties["Queues"]
    ]
    [allowed] = [
        statement
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    assert allowed["Principal"] == {"Service": "s3.amazonaws.com"}
    assert allowed["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    resource = assembly.templates[notified.stack]["Resources"][notified.key]
    assert policy.key in resource["DependsOn"]


def test_uploads_that_nobody_took_go_after_two_days(assembly: Assembly) -> None:
    files = assembly.one("AWS::S3::Bucket", "Files")
    rules = files.properties["LifecycleConfiguration"]["Rules"]
    assert {"ExpirationInDays": 2, "Prefix": "uploads/", "Status": "Enabled"} in rules


def test_aurora_is_encrypted_backed_up_kept_and_asks_for_tls(assembly: Assembly) -> None:
    cluster = assembly.one("AWS::RDS::DBCluster").properties
    assert cluster["Engine"] == "aurora-postgresql"
    assert cluster["EngineVersion"].split(".")[0] == "18"
    assert cluster["StorageEncrypted"]
    assert cluster["DeletionProtection"]
    assert cluster["EnableIAMDatabaseAuthentication"]
    assert cluster["BackupRetentionPeriod"] >= 7
    assert cluster["ManageMasterUserPassword"]
    assert "MasterUserPassword" not in cluster
    parameters = assembly.one("AWS::RDS::DBClusterParameterGroup").properties
    assert parameters["Parameters"]["rds.force_ssl"] == "1"
    template = assembly.templates["ConvokeStores"]["Resources"]
    (kept,) = [resource for resource in template.values() if resource["Type"] == "AWS::RDS::DBCluster"]
    assert kept["DeletionPolicy"] == "Snapshot"


def test_a_second_instance_takes_over_and_neither_is_public(assembly: Assembly) -> None:
    instances = assembly.all("AWS::RDS::DBInstance")
    assert sorted(found.properties["PromotionTier"] for found in instances) == [0, 1]
    assert {found.properties["DBInstanceClass"] for found in instances} == {"db.serverless"}
    assert not any(found.properties["PubliclyAccessible"] for found in instances)


def test_the_proxy_takes_iam_over_tls_and_holds_no_password(assembly: Assembly) -> None:
    proxy = assembly.one("AWS::RDS::DBProxy").properties
    assert proxy["RequireTLS"]
    assert proxy["DefaultAuthScheme"] == "IAM_AUTH"
    assert "Auth" not in proxy


def test_valkey_fails_over_is_encrypted_and_asks_for_a_token(assembly: Assembly) -> None:
    group = assembly.one("AWS::ElastiCache::ReplicationGroup").properties
    assert group["Engine"] == "valkey"
    assert group["MultiAZEnabled"]
    assert group["AutomaticFailoverEnabled"]
    assert group["AtRestEncryptionEnabled"]
    assert group["TransitEncryptionEnabled"]
    assert "{{resolve:secretsmanager:" in "".join(strings(group["AuthToken"]))


def test_stores_stand_in_isolated_subnets(assembly: Assembly) -> None:
    for kind, name in {
        "AWS::RDS::DBSubnetGroup": "SubnetIds",
        "AWS::ElastiCache::SubnetGroup": "SubnetIds",
        "AWS::RDS::DBProxy": "VpcSubnetIds",
    }.items():
        subnets = assembly.one(kind).properties[name]
        assert len(subnets) == 2
        assert all("isolated" in subnet["Fn::ImportValue"] for subnet in subnets)


def test_only_security_groups_of_callers_are_let_into_stores(assembly: Assembly) -> None:
    rules = [rule for rule in assembly.all("AWS::EC2::SecurityGroupIngress") if rule.stack == "ConvokeStores"]
    assert len(rules) == 6
    assert all("SourceSecurityGroupId" in rule.properties for rule in rules)
    doors = {rule.properties["GroupId"]["Fn::GetAtt"][0].split("Door")[0] for rule in rules}
    assert doors == {"Database", "Proxy", "Valkey"}
    groups = [group for group in assembly.all("AWS::EC2::SecurityGroup") if group.stack == "ConvokeStores"]
    assert not any(group.properties.get("SecurityGroupIngress") for group in groups)


def test_no_two_rules_of_a_security_group_are_the_same(assembly: Assembly) -> None:
    """EC2 refuses the second one at deploy. A cluster's port by reference is 5432 as well."""
    for kind, peer in {
        "AWS::EC2::SecurityGroupIngress": "SourceSecurityGroupId",
        "AWS::EC2::SecurityGroupEgress": "DestinationSecurityGroupId",
    }.items():
        seen = [
            (
                repr(rule.properties["GroupId"]),
                repr(rule.properties[peer]),
                5432 if isinstance(rule.properties["ToPort"], dict) else rule.properties["ToPort"],
            )
            for rule in assembly.all(kind)
        ]
        assert len(seen) == len(set(seen))


def test_queues_are_encrypted_and_what_fails_five_times_is_kept(assembly: Assembly) -> None:
    queues = assembly.all("AWS::SQS::Queue")
    assert all(queue.properties["SqsManagedSseEnabled"] for queue in queues)
    working = {queue.key: queue for queue in queues if "RedrivePolicy" in queue.properties}
    for name, job in (
        ("Departures", "expire_departures"),
        ("Calls", "expire_calls"),
        ("Notifications", "deliver_notifications"),
    ):
        [queue] = [found for key, found in working.items() if key.startswith(name)]
        target = queue.properties["RedrivePolicy"]
        assert target["maxReceiveCount"] == 5
        assert target["deadLetterTargetArn"]["Fn::GetAtt"][0].startswith(f"{name}Dead")
        timeout = assembly.functions()[f"functions.jobs.{job}.handler"].properties["Timeout"]
        assert queue.properties["VisibilityTimeout"] >= 6 * timeout


def test_queues_refuse_messages_without_tls(assembly: Assembly) -> None:
    guarded = {
        reference["Ref"]
        for policy in assembly.all("AWS::SQS::QueuePolicy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        for reference in listed(policy.properties["Queues"])
    }
    assert guarded == {queue.key for queue in assembly.all("AWS::SQS::Queue")}


def test_the_token_secret_holds_the_three_keys_and_no_template_holds_a_value(assembly: Assembly) -> None:
    secrets = assembly.all("AWS::SecretsManager::Secret")
    (tokens,) = [secret for secret in secrets if "SecretString" in secret.properties]
    text = "".join(strings(tokens.properties["SecretString"]))
    for key in ("jwt", "node", "edge"):
        assert f'"{key}":"{{{{resolve:secretsmanager:{key.capitalize()}Key' in text.replace("Ref", "")
    assert all("GenerateSecretString" in secret.properties for secret in secrets if secret != tokens)


def test_there_is_a_keyspace(assembly: Assembly) -> None:
    assert assembly.one("AWS::Cassandra::Keyspace").properties["KeyspaceName"] == "convoke"
