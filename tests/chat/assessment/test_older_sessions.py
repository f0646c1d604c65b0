"""Results of a database that was there before us: columns that it did not have are empty."""

from tests.chat.assessment.person import Person


async def test_of_before_the_form_was_noted(person: Person) -> None:
    """They were short ones: an own answer of 5 to every item of a letter is the whole of it."""
    token = await person.check_fit()
    await person.appeared(token)
    person.forget_conversation()
    person.row(
        "UPDATE careerprofile_test_sessions SET question_set_version = NULL WHERE user_id = :user"
    )
    ready = await person.chat.ok("GET", f"/conversations/assessment-ready/{person.user_id}")
    assert ready["assessment_id"] == token
    await person.chat.ok("POST", f"/assessment/{token}/initialize")
    assert (await person.found(token))["conversation"]["context_data"]["riasec"]["I"] == 100
