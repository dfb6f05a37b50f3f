"""A profile's stages, as Locust asks for them."""

from locust import LoadTestShape

from loadtests.profiles import Profile


class Stages(LoadTestShape):
    """How many people there are, from one stage to the next."""

    abstract = True  # Locust looks for shapes by itself; this one is given to it.

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self._stages = profile.stages

    def tick(self) -> tuple[int, float] | None:
        """Return how many people there should be now, and how fast they come; None at the end."""
        passed = self.get_run_time()
        for stage in self._stages:
            if passed < stage.seconds:
                return stage.people, stage.rate
            passed -= stage.seconds
        return None
