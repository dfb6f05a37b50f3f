"""Which profile is in force: the command line's, until Locust's form names another."""

from typing import Any

from flask import Response, jsonify, request
from locust.env import Environment

from loadtests import profiles
from loadtests.profiles import Profile, UsageError
from loadtests.stages import Stages


class Choice:
    """The profile in force. Without a name it is the default's limits, and Locust's own people.

    Raises UsageError when the command line names none that there is.
    """

    def __init__(self, environment: Environment, options: Any) -> None:
        self._environment, self._options = environment, options
        self._people = list(environment.user_classes)
        self.name: str | None = None
        self.profile: Profile = profiles.load(profiles.DEFAULT)
        if options.profile:
            self.take(options.profile)
        web = environment.web_ui
        if web is not None and web.app is not None:
            web.template_args["all_profiles"] = profiles.names_without_faults()
            web.app.before_request(self._asked)

    def take(self, name: str) -> None:
        """Let a profile say who comes and when. Raises UsageError."""
        self.profile, self.name = profiles.load(name), name
        environment = self._environment
        for user in self._people:
            user.weight = self.profile.people.get(getattr(user, "kind", ""), 0)
        environment.user_classes[:] = [user for user in self._people if user.weight]
        environment.shape_class = Stages(self.profile)
        environment.shape_class.runner = environment.runner

    def settle(self) -> None:
        """Have Locust's options tell what is in force; workers get `rounds` with them."""
        self._options.profile = self._environment.profile = self.name
        self._options.rounds = self.profile.rounds

    def _asked(self) -> Response | None:
        """Take the form's profile before Locust starts; an empty field changes nothing."""
        name = request.form.get("profile", "")
        if request.path == "/swarm" and name and name != self.name:
            try:
                self.take(name)
            except UsageError as error:
                return jsonify({"success": False, "message": str(error)})
        return None
