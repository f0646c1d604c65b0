"""From the last answer to the advisor, with no one asking."""

import asyncio

from app.career_profile.riasec.hexagon import TYPE_NAMES, Letter
from tests.chat.assessment.conftest import MakePerson
from tests.chat.assessment.person import Person
from tests.chat.assessment.results import HOLE
from tests.chat.chatter import audit

ALL_STAGES = ["assessment_submitted", "analysis_started", "analysis_complete", "chatbot_ready"]


class TestRecommendation:
    async def test_the_advisor_is_there_and_knows_the_result(self, person: Person) -> None:
        token = await person.finish()
        found = await person.appeared(token)
        talk, (welcome,) = found["conversation"], found["messages"]
        result = await person.player.ok_get(f"/result/recommendation/{token}")
        assert talk["context_type"] == "assessment"
        assert talk["assessment_id"] == talk["context_data"]["assessment_id"] == token
        names = [item["profession_name"] for item in result["recommended_professions"]]
        assert [item["name"] for item in talk["context_data"]["ikigai"]["top_professions"]] == names
        assert talk["context_data"]["riasec"]["I"] == 100
        assert welcome["sender_type"] == "assistant"
        assert welcome["metadata"]["type"] == "assessment_welcome"
        assert welcome["content"].startswith("Hai, Rani! ")
        assert all(name in welcome["content"] for name in names)
        assert f"{TYPE_NAMES[Letter.I]} (I)" in welcome["content"]
        assert HOLE.search(welcome["content"]) is None
        assert 6 <= len(welcome["metadata"]["suggestions"]) <= 8

    async def test_each_stage_is_told_in_its_order(self, person: Person) -> None:
        token = await person.finish()
        found = await person.appeared(token)
        assert person.stages() == ALL_STAGES
        listed = await person.chat.ok("GET", "/notifications")
        ready = listed["items"][0]
        assert (ready["stage"], ready["progress"]) == ("chatbot_ready", 100)
        assert ready["assessmentId"] == token
        assert ready["conversation_id"] == found["conversation"]["id"]

    async def test_suggestions_of_the_conversation(self, person: Person) -> None:
        found = await person.appeared(await person.finish())
        talk = found["conversation"]["id"]
        given = await person.chat.ok("GET", f"/conversations/{talk}/suggestions")
        assert given["suggestions"] == found["messages"][0]["metadata"]["suggestions"]

    async def test_a_suggested_question_is_answered_from_the_result(self, person: Person) -> None:
        found = await person.appeared(await person.finish())
        talk = found["conversation"]["id"]
        question = found["messages"][0]["metadata"]["suggestions"][0]
        body = {"content": question}
        turn = await person.chat.ok("POST", f"/conversations/{talk}/messages", body)
        top = found["conversation"]["context_data"]["ikigai"]["top_professions"][0]["name"]
        assert top in turn["assistant_message"]["content"]
        said_before = "Minat terkuatmu"
        assert said_before in found["messages"][0]["content"]
        assert said_before not in turn["assistant_message"]["content"]

    async def test_who_did_it_is_noted(self, person: Person) -> None:
        found = await person.appeared(await person.finish())
        talk = found["conversation"]["id"]
        assert audit(person.engine, person.user_id) == [
            ("worker", "initialize", f"conversation:{talk}", None)
        ]


class TestFitCheck:
    async def test_speaks_of_the_target_and_the_verdict(self, person: Person) -> None:
        token = await person.check_fit()
        found = await person.appeared(token)
        result = await person.player.ok_get(f"/result/fit-check/{token}")
        target = result["target_profession"]["name"]
        label = result["fit_check_result"]["match_label"]
        (welcome,) = found["messages"]
        assert f"Hasil cek kecocokanmu dengan {target}: {label}." in welcome["content"]
        assert found["conversation"]["title"] == f"Cek kecocokan: {target}"
        assert any(target in text for text in welcome["metadata"]["suggestions"])
        assert person.stages() == ALL_STAGES


class TestExactlyOne:
    async def test_the_same_job_again_changes_nothing(self, person: Person) -> None:
        token = await person.finish()
        found = await person.appeared(token)
        person.enqueue(token)
        await person.no_jobs_left()
        assert await person.found(token) == found
        assert (person.conversations(), person.welcomes()) == (1, 1)
        assert person.stages() == ALL_STAGES

    async def test_asked_for_in_parallel_with_the_job(self, person: Person) -> None:
        token = await person.finish()
        asked = (person.chat.send("POST", f"/assessment/{token}/initialize") for _ in range(20))
        answers = await asyncio.gather(*asked)
        assert {answer.status_code for answer in answers} == {200}
        await person.no_jobs_left()
        assert (person.conversations(), person.welcomes()) == (1, 1)
        assert person.stages().count("chatbot_ready") == 1

    async def test_two_results_have_two_conversations(self, person: Person) -> None:
        first, second = await person.check_fit(), await person.check_fit(S=5, A=4, R=3)
        found = [await person.appeared(token) for token in (first, second)]
        assert len({item["conversation"]["id"] for item in found}) == 2

    async def test_a_renewed_result_renews_what_is_known(self, person: Person) -> None:
        token = await person.check_fit()
        await person.appeared(token)
        person.row(
            "UPDATE riasec_results SET score_s = 10 WHERE test_session_id ="
            " (SELECT id FROM careerprofile_test_sessions WHERE session_token = :t)",
            t=token,
        )
        person.enqueue(token)
        await person.no_jobs_left()
        context = (await person.found(token))["conversation"]["context_data"]
        assert context["riasec"]["S"] == 100
        assert person.welcomes() == 1


class TestGone:
    async def test_a_session_deleted_meanwhile_ends_the_job_quietly(self, person: Person) -> None:
        token = await person.check_fit()
        await person.appeared(token)
        person.forget_conversation()
        person.forget_session(token)
        person.enqueue(token)
        await person.no_jobs_left()
        assert person.conversations() == 0
        assert "assessment_failed" not in person.stages()

    async def test_a_deleted_user_ends_the_job_quietly(self, person: Person) -> None:
        token = await person.check_fit()
        await person.appeared(token)
        person.forget_conversation()
        person.row("UPDATE users SET deleted_at = now() WHERE id = :user")
        person.enqueue(token)
        await person.no_jobs_left()
        assert person.conversations() == 0

    async def test_a_conversation_that_the_person_deleted_stays_so(self, person: Person) -> None:
        token = await person.check_fit()
        talk = (await person.appeared(token))["conversation"]["id"]
        await person.chat.ok("DELETE", f"/conversations/{talk}")
        person.enqueue(token)
        await person.no_jobs_left()
        assert not (await person.found(token))["exists"]

    async def test_another_s_result_is_not_talked_about(
        self, person: Person, make_person: MakePerson
    ) -> None:
        other = make_person()
        token = await other.check_fit()
        await other.appeared(token)
        person.enqueue(token)
        await person.no_jobs_left()
        assert person.conversations() == 0
        assert other.conversations() == 1
