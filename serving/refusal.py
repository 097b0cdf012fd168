"""What the service refuses, as a closed list: every refusal has a kind, a sentence, and no words of a note."""

from __future__ import annotations

from chartlight.labels import Label


class Refused(Label):
    """Kinds of refusal; ``serving.service.problems`` gives each its HTTP status, ``docs/service/errors.md`` tells them."""

    UNAUTHENTICATED = "unauthenticated", "nobody is logged in, or the token is unknown, expired or revoked"
    WRONG_LOGIN = "wrong_login", "login and password do not go together, or the account is disabled"
    TOO_MANY_ATTEMPTS = "too_many_attempts", "the account is locked for a while after failed attempts"
    FORBIDDEN = "forbidden", "the role, or the scopes of the token, do not allow it"
    CSRF = "csrf", "a change from a browser session needs the header X-CSRF-Token of that session"
    NOT_FOUND = "not_found", "no such thing in this practice"
    KEY_MISSING = "key_missing", "every POST needs the header Idempotency-Key"
    KEY_REUSED = "key_reused", "the Idempotency-Key was used for another request"
    PRECONDITION_REQUIRED = "precondition_required", "the change needs the header If-Match with the ETag that was read"
    PRECONDITION_FAILED = "precondition_failed", "it was changed since it was read; read it again"
    CLAIMED_BY_ANOTHER = "claimed_by_another", "another person has claimed the visit"
    QUEUE_EMPTY = "queue_empty", "no visit waits"
    FINALISED = "finalised", "the visit is finalised; reopen it with a reason first"
    NOT_FINALISED = "not_finalised", "the visit is not finalised"
    LEVEL_NOT_ENTERED = "level_not_entered", "a blind visit: enter the level before it is shown or ruled on"
    LEVEL_ENTERED = "level_entered", "the level of this proposal was entered before"
    RULINGS_OPEN = "rulings_open", "suggestions, or the level, are without a ruling"
    UNKNOWN_CODE = "unknown_code", "no such code on the date of service, or it is not complete"
    UNKNOWN_FACT = "unknown_fact", "no such fact in the proposal as amended"
    NOT_VERBATIM = "not_verbatim", "a quotation does not stand in the document at that place"
    UNREADABLE = "unreadable", "the text or file cannot be read"
    INVALID = "invalid", "the request does not fit the contract"
    EXISTS = "exists", "there is one of that name already"
    TOO_LARGE = "too_large", "the request is larger than the service takes"
    UNSUPPORTED_MEDIA = "unsupported_media", "the service does not take this kind of content"
    WRONG_HOST = "wrong_host", "the service does not answer under this host name"
    NO_METHOD = "no_method", "the address is known, the method is not"
    READ_ONLY = "read_only", "the service is read-only at present"
    BUSY = "busy", "the database is busy; try again"
    FAULT = "fault", "a fault of the program; nothing was changed"


class Refusal(Exception):
    """A refusal with its kind and a sentence that says what was found, where, and what to do; ``where`` lists places in the request.

    >>> str(Refusal(Refused.NOT_FOUND))
    'no such thing in this practice'
    """

    def __init__(
        self,
        kind: Refused,
        detail: str = "",
        *,
        where: tuple[tuple[str, str], ...] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail or kind.definition)
        self.kind = kind
        self.detail = detail or kind.definition
        self.where = where
        self.retry_after = retry_after
