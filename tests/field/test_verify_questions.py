"""What a proxy may ask /auth/verify, and what happens when it asks for something else."""

from support.people import Person


def test_a_misspelt_question_is_refused(person: Person) -> None:
    """A parameter that is unknown or comes twice is refused, not passed over.

    Report: this project's review (an attack on the whole).
    Rule: ASVS 5.0, 15.3.7 (parameter pollution), 8.2.1; RFC 9110, 15.5.1.
    """
    for query in (
        "Role=boss",
        "roles=boss",
        "x=1;role=boss",
        "role[]=boss",
        "role=boss&role=",
        "role=&role=boss",
        "role=boss&rule=x",
        "audience=/a&audience=/b",
        "login=Redirect",
        "login",
        "login=",
        "login=redirect&login=redirect",
        "next=/",
        "=",
        "role%00=boss",
    ):
        for method in ("GET", "HEAD"):
            answer = person.call(method, f"/auth/verify?{query}")
            assert answer.status_code == 400, query
    assert person.get("/auth/verify?role=boss").status_code == 403
    assert person.get("/auth/verify?%72ole=boss&login=redirect").status_code == 403
    for query in ("", "?", "?audience=/a", "?login=redirect&audience=/a", "?&audience=/a&"):
        assert person.get(f"/auth/verify{query}").status_code == 204, query
    # Envoy puts the client's query behind our path, so it asks for nothing there.
    assert person.get("/auth/verify/x?Role=boss").status_code == 200
