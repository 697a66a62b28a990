"""Letters leave from the deployment's own domain, or not at all."""

from pathlib import Path

from infra.needs import JOB_NEEDS, REST_NEEDS, Need
from tests.infra.assembly import Assembly, Synthesize, listed


def senders() -> set[str]:
    return {f"functions.rest.{noun}.handler" for noun, needs in REST_NEEDS.items() if Need.MAIL in needs} | {
        f"functions.jobs.{job}.handler" for job, needs in JOB_NEEDS.items() if Need.MAIL in needs
    }


def test_without_a_domain_nobody_sends(assembly: Assembly) -> None:
    assert not assembly.all("AWS::SES::EmailIdentity")
    for function in assembly.functions().values():
        assert not {action for action in assembly.actions(function) if action.startswith("ses:")}


def test_with_a_domain_its_identity_is_all_that_may_be_sent_from(
    synthesize: Synthesize, tmp_path: Path
) -> None:
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/0"
    done = synthesize(tmp_path, "-c", "domain=meet.example.com", "-c", f"certificate_arn={arn}")
    assert done.returncode == 0, done.stderr
    assembly = Assembly.read(tmp_path)
    identity = assembly.one("AWS::SES::EmailIdentity")
    assert identity.properties["EmailIdentity"] == "meet.example.com"
    sending = set()
    for handler, function in assembly.functions().items():
        role = function.properties["Role"]["Fn::GetAtt"][0]
        for statement in assembly.statements(role):
            if "ses:SendEmail" in listed(statement["Action"]):
                sending.add(handler)
                assert "*" not in listed(statement["Resource"])
    assert sending == senders()
    addresses = {
        function.properties["Environment"]["Variables"].get("MAIL_FROM")
        for handler, function in assembly.functions().items()
        if handler != "functions.jobs.migrate.handler"
    }
    assert addresses == {"Convoke <noreply@meet.example.com>"}
