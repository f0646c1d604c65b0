"""Whether the model answers now: one token, on an operator's request."""

from typing import Final

from app.llm.port import (
    CompletionRequest,
    Deadline,
    LanguageModel,
    Message,
    ModelBadOutput,
    ModelError,
    Purpose,
)

TIMEOUT_S: Final = 5.0
SCHEMA: Final = {
    "type": "object",
    "properties": {"ok": {"type": "boolean"}},
    "required": ["ok"],
    "additionalProperties": False,
}


async def model_answers(model: LanguageModel) -> bool:
    """Ask for one token, once, for at most TIMEOUT_S.

    One token is no whole answer, so a bad one is the expected one: the model spoke.
    """
    request: CompletionRequest[object] = CompletionRequest(
        purpose=Purpose.PROBE,
        messages=(Message("user", "ok?"),),
        schema=SCHEMA,
        read=lambda answer: answer,
        facts=None,
        deadline=Deadline.after(TIMEOUT_S),
        attempt_timeout_s=TIMEOUT_S,
        temperature=0.0,
        max_tokens=1,
        max_attempts=1,
    )
    try:
        await model.complete(request)
    except ModelBadOutput:
        return True
    except ModelError:
        return False
    return True
