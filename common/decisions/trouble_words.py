"""Why a source gave no answer, in words; `{measured}` is the source."""

TROUBLES = {
    "account_disabled": "{measured} is closed or suspended: it has to be put right there",
    "account_missing": "{measured} is not connected: no account is named",
    "api_disabled": "{measured} is not turned on for our project",
    "bad_answer": "what {measured} answers can't be understood",
    "credentials_invalid": "{measured} does not take our credentials",
    "permission_missing": "{measured} does not let us in: a permission is missing",
    "quota_exhausted": "{measured} takes no more calls for now: the quota is used up",
    "rate_limited": "{measured} asks to be left alone for a while",
    "secret_missing": "the credentials of {measured} are not there",
    "secret_unreadable": "the credentials of {measured} are not what its guide says",
    "timed_out": "{measured} does not answer in time",
    "token_expired": "{measured} does not take our token any more: it has to be given anew",
    "unavailable": "{measured} is not available",
    "unknown_platform": "{measured} is no platform that is known",
    "wrong_account": "{measured} answers for another account than the tenant's",
    "wrong_currency": "{measured} counts in another currency than the tenant",
    "wrong_time_zone": "{measured} lives in another time zone than the tenant",
}
