"""The one origin: a distribution that sends paths to the site, the HTTP API or the WebSocket API."""

from dataclasses import dataclass

from aws_cdk import Duration, Fn, SecretValue, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.accepted import accept
from infra.edge import NAME_VIEWER, PERMISSIONS, SINGLE_PAGE, content_security_policy
from infra.settings import Deployment

# Paths of the HTTP API; all else but the socket is the site.
API_PATHS = ("/v1/*", "/openapi.json", "/asyncapi.json", "/docs", "/healthz")
# Who knows its value is CloudFront; an API called past CloudFront does not believe `x-convoke-viewer`.
EDGE_HEADER = "x-convoke-edge"


@dataclass(frozen=True, kw_only=True)
class Behind:
    """What the distribution stands before. `edge_key` goes along to both APIs."""

    site: s3.IBucket
    http_api_id: str
    socket_api_id: str
    socket_path: str
    edge_key: SecretValue
    logs: s3.IBucket
    files: s3.IBucket


def one_origin(scope: Construct, deployment: Deployment, behind: Behind) -> cloudfront.Distribution:
    viewer = _function(scope, "NameViewer", NAME_VIEWER)
    api = _api_behaviour(scope, behind.http_api_id, behind.edge_key, viewer)
    socket = _api_behaviour(scope, behind.socket_api_id, behind.edge_key, viewer)
    own_domain = deployment.domain is not None
    distribution = cloudfront.Distribution(
        scope,
        "Distribution",
        comment=f"Convoke {deployment.environment}",
        default_behavior=_site_behaviour(scope, deployment, behind),
        default_root_object="index.html",
        additional_behaviors={**dict.fromkeys(API_PATHS, api), behind.socket_path: socket},
        domain_names=[deployment.domain] if deployment.domain else None,
        certificate=_certificate(scope, deployment),
        minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021 if own_domain else None,
        http_version=cloudfront.HttpVersion.HTTP2_AND_3,
        log_bucket=behind.logs,
        log_file_prefix="cloudfront/",
        web_acl_id=deployment.web_acl_arn,
    )
    accept(distribution, "People meet from every country.", "CFR1")
    accept(
        distribution,
        "Throttling is at the stages and, per person and address, in the functions; a web ACL costs more "
        "than it stops here, and context `web_acl_arn` puts one in front.",
        "CFR2",
    )
    if not own_domain:
        accept(
            distribution,
            "Without a domain of its own it has CloudFront's certificate, and CloudFront's TLS versions.",
            "CFR4",
        )
    return distribution


def _function(scope: Construct, name: str, code: str) -> cloudfront.FunctionAssociation:
    return cloudfront.FunctionAssociation(
        event_type=cloudfront.FunctionEventType.VIEWER_REQUEST,
        function=cloudfront.Function(
            scope,
            name,
            code=cloudfront.FunctionCode.from_inline(code),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        ),
    )


def _certificate(scope: Construct, deployment: Deployment) -> acm.ICertificate | None:
    arn = deployment.certificate_arn
    return acm.Certificate.from_certificate_arn(scope, "Certificate", arn) if arn else None


def _api_behaviour(
    scope: Construct, api_id: str, edge_key: SecretValue, viewer: cloudfront.FunctionAssociation
) -> cloudfront.BehaviorOptions:
    """Everything the client sends but Host, by which API Gateway knows its own, and who the client is.

    CloudFront's own header of the viewer's address comes only along with the viewer's Host, so a function
    writes one of ours, over whatever the client may have sent under that name.
    """
    stack = Stack.of(scope)
    return cloudfront.BehaviorOptions(
        origin=origins.HttpOrigin(
            Fn.join(".", [api_id, "execute-api", stack.region, stack.url_suffix]),
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            read_timeout=Duration.seconds(30),
            # A dynamic reference: CloudFormation resolves it, the template never holds the value.
            custom_headers={EDGE_HEADER: edge_key.unsafe_unwrap()},
        ),
        viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
        allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
        cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
        origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        compress=True,
        function_associations=[viewer],
    )


def _site_behaviour(scope: Construct, deployment: Deployment, behind: Behind) -> cloudfront.BehaviorOptions:
    return cloudfront.BehaviorOptions(
        origin=origins.S3BucketOrigin.with_origin_access_control(behind.site),
        viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
        response_headers_policy=_site_headers(scope, deployment.domain, behind.files),
        compress=True,
        function_associations=[_function(scope, "SinglePage", SINGLE_PAGE)],
    )


def _site_headers(
    scope: Construct, domain: str | None, files: s3.IBucket
) -> cloudfront.ResponseHeadersPolicy:
    policy = content_security_policy(
        f"https://{files.bucket_regional_domain_name}", f"wss://{domain}" if domain else None
    )
    custom = {"Permissions-Policy": PERMISSIONS, "Cross-Origin-Opener-Policy": "same-origin"}
    return cloudfront.ResponseHeadersPolicy(
        scope,
        "SiteHeaders",
        security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
            content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                content_security_policy=policy, override=True
            ),
            content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
            frame_options=cloudfront.ResponseHeadersFrameOptions(
                frame_option=cloudfront.HeadersFrameOption.DENY, override=True
            ),
            referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                # A meeting's address is half the key to it.
                referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER,
                override=True,
            ),
            strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                access_control_max_age=Duration.days(365), include_subdomains=True, override=True
            ),
        ),
        custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(
            custom_headers=[
                cloudfront.ResponseCustomHeader(header=header, value=value, override=True)
                for header, value in custom.items()
            ]
        ),
    )
