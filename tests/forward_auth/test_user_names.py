"""The proxies hand on a user name as the gateway sends it."""

from urllib.parse import unquote

from forward_auth.conftest import Front
from support.people import Person


def test_each_proxy_hands_on_every_character_of_a_name(front: Front) -> None:
    """A comma or a semicolon does not cut the field, and nothing is decoded on the way."""
    for name in ("Li, Kim", "a;b=c", "100%", "%41", 'a"b', "a\\b", "\u00dcnal  \u00d6zg\u00fcr"):
        person = Person(front.stack.urls[0])
        person.name = f"{front.name} {name}"
        kept = " ".join(person.name.split())
        assert person.register().log_in().status_code == 200
        through = Person(front.url)
        through.cookie = str(person.cookie)
        received = dict(through.get("/app").json()["headers"])
        assert unquote(received["x-auth-user"]) == kept
        person.close()
        through.close()
