"""What the error codes of Google Ads mean here.

Names are those of `google.ads.googleads.v26.errors`; `*` stands for all others of a group.
"""

from typing import NamedTuple

from common.domain.trouble import TroubleKind

LATER, PERSON, OURS = TroubleKind.LATER, TroubleKind.PERSON, TroubleKind.OURS
MINIMUM = "the least for this campaign is {:.2f} {}"


class Meaning(NamedTuple):
    """Who ends it, the code that is ours, and a sentence for who must act."""

    kind: TroubleKind
    code: str
    said: str


_TOKEN = Meaning(
    PERSON,
    "token_expired",
    "Google does not accept the sign-in any more: sign in again and put the new refresh token in the secret",
)
_TWO_STEP = Meaning(PERSON, "two_step_missing", "the Google user who granted access must turn on two-step verification")
_DENIED = Meaning(
    PERSON,
    "permission_missing",
    "the Google user of the grant has no such access to the account: let its administrator invite that user with "
    "standard access, or name the manager account in `through`",
)
_DEVELOPER = Meaning(
    PERSON,
    "developer_token",
    "the developer token can't be used for this account: look at the API centre of the manager account that has it",
)
_DISABLED = Meaning(
    PERSON,
    "account_disabled",
    "the account is not enabled: it was cancelled or suspended, or its sign-up was never finished",
)
_MISSING = Meaning(PERSON, "account_missing", "there is no such account: put its number right in the tenant")
_MANAGER = Meaning(PERSON, "wrong_manager", "the account is not under the manager account that `through` names")
_API_OFF = Meaning(
    PERSON,
    "api_disabled",
    "the Google Ads API is not turned on in the OAuth client's Cloud project: enable googleads.googleapis.com there",
)
_QUOTA = Meaning(LATER, "quota_exhausted", "the operations that Google grants to the developer token are used up")
_RATE = Meaning(LATER, "rate_limited", "Google Ads takes no more calls for the moment")
_DOWN = Meaning(LATER, "unavailable", "google_ads is down or can't be reached; it is asked again at the next tick")
_GONE = Meaning(OURS, "entity_missing", "it does not exist any more on google_ads")
_VALUE = Meaning(OURS, "invalid_value", "google_ads does not take this value")
_SHARED = Meaning(OURS, "shared_budget", "the budget is shared with other campaigns")
_LEAST = Meaning(OURS, "budget_below_minimum", "the daily budget is under the least that google_ads takes")
_FAILED = Meaning(LATER, "internal_error", "google_ads failed on this change")
_RACED = Meaning(
    LATER,
    "concurrent_modification",
    "somebody changed the same thing at the same moment; it is looked at again at the next tick",
)

_BY_MEANING: dict[Meaning, dict[str, str]] = {
    _TOKEN: {
        "authentication_error": "* OAUTH_TOKEN_INVALID OAUTH_TOKEN_EXPIRED OAUTH_TOKEN_DISABLED OAUTH_TOKEN_REVOKED",
        "status": "UNAUTHENTICATED",
    },
    _TWO_STEP: {"authentication_error": "TWO_STEP_VERIFICATION_NOT_ENROLLED ADVANCED_PROTECTION_NOT_ENROLLED"},
    _DENIED: {
        "authentication_error": "NOT_ADS_USER GOOGLE_ACCOUNT_USER_AND_ADS_USER_MISMATCH",
        "authorization_error": "*",
        "quota_error": "ACCESS_PROHIBITED",
        "status": "PERMISSION_DENIED",
    },
    _DEVELOPER: {
        "authentication_error": "DEVELOPER_TOKEN_INVALID ORGANIZATION_NOT_RECOGNIZED ORGANIZATION_NOT_APPROVED "
        "ORGANIZATION_NOT_ASSOCIATED_WITH_DEVELOPER_TOKEN",
        "authorization_error": "DEVELOPER_TOKEN_NOT_ON_ALLOWLIST DEVELOPER_TOKEN_PROHIBITED "
        "DEVELOPER_TOKEN_NOT_APPROVED CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION CLOUD_PROJECT_NOT_UNDER_ORGANIZATION",
        "request_error": "DEVELOPER_TOKEN_PARAMETER_MISSING",
    },
    _DISABLED: {
        "authorization_error": "CUSTOMER_NOT_ENABLED INCOMPLETE_SIGNUP MISSING_TOS "
        "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT",
    },
    _MISSING: {
        "authentication_error": "CUSTOMER_NOT_FOUND CLIENT_CUSTOMER_ID_INVALID GOOGLE_ACCOUNT_DELETED",
        "request_error": "INVALID_CUSTOMER_ID",
    },
    _MANAGER: {
        "authorization_error": "INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION",
        "header_error": "*",
        "request_error": "LOGIN_CUSTOMER_ID_PARAMETER_MISSING",
    },
    _API_OFF: {"authorization_error": "PROJECT_DISABLED", "status": "SERVICE_DISABLED"},
    _QUOTA: {"quota_error": "RESOURCE_EXHAUSTED EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION"},
    _RATE: {
        "quota_error": "* RESOURCE_TEMPORARILY_EXHAUSTED EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION",
        "status": "RESOURCE_EXHAUSTED",
    },
    _DOWN: {"status": "UNAVAILABLE INTERNAL UNKNOWN ABORTED CANCELLED DATA_LOSS"},
    _FAILED: {"internal_error": "*"},
    _RACED: {"database_error": "* CONCURRENT_MODIFICATION"},
    _GONE: {
        "mutate_error": "RESOURCE_NOT_FOUND",
        "request_error": "RESOURCE_NOT_FOUND",
        "campaign_budget_error": "CAMPAIGN_BUDGET_REMOVED",
        "context_error": "OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE",
    },
    _SHARED: {
        "campaign_budget_error": "CANNOT_MODIFY_FIELD_OF_IMPLICITLY_SHARED_CAMPAIGN_BUDGET "
        "CAMPAIGN_BUDGET_CANNOT_BE_SHARED",
    },
    _LEAST: {"campaign_budget_error": "BUDGET_BELOW_PER_DAY_MINIMUM MONEY_AMOUNT_LESS_THAN_CURRENCY_MINIMUM_CPC"},
    _VALUE: dict.fromkeys(
        (
            "bidding_error",
            "bidding_strategy_error",
            "campaign_budget_error",
            "campaign_criterion_error",
            "campaign_error",
            "collection_size_error",
            "criterion_error",
            "enum_error",
            "field_error",
            "mutate_error",
            "not_empty_error",
            "null_error",
            "range_error",
        ),
        "*",
    ),
    Meaning(LATER, "timed_out", "google_ads did not answer in time; it is asked again at the next tick"): {
        "status": "DEADLINE_EXCEEDED",
        "internal_error": "DEADLINE_EXCEEDED",
    },
    Meaning(OURS, "api_version", "Google does not serve this version of the API any more: update Trimtab"): {
        "status": "UNIMPLEMENTED",
        "request_error": "UNSUPPORTED_VERSION",
    },
}

CODES: dict[tuple[str, str], Meaning] = {
    (group, name): meaning
    for meaning, groups in _BY_MEANING.items()
    for group, names in groups.items()
    for name in names.split()
}
"""By the group of the error code, or `status` for gRPC's own, and its name."""
