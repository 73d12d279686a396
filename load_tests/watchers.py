"""Those who look: they must not slow those who declare."""

from locust import task

from load_tests.person import Person


class Watcher(Person):
    """Someone of a ward."""

    abstract = True

    def look_around(self) -> None:
        self.ward: str = self.must_have("/me", "me")["ward_code"]


class Officer(Watcher):
    """The workbench, refreshed again and again."""

    kind = "officer"
    fixed_count = 4

    @task(3)
    def tonight(self) -> None:
        self.ask(f"/wards/{self.ward}/tonight", "tonight")

    @task(1)
    def guests(self) -> None:
        self.ask(f"/wards/{self.ward}/guests", "guests")

    @task(1)
    def flags(self) -> None:
        self.ask(f"/wards/{self.ward}/flags", "flags")


class Exporter(Watcher):
    """Takes the month's figures and all pages of tonight's guests, in the worst of moments."""

    kind = "officer"
    fixed_count = 1

    @task
    def export(self) -> None:
        self.ask(f"/wards/{self.ward}/month", "export month")
        for page in range(1, 6):
            answer = self.ask(f"/wards/{self.ward}/guests?page={page}", "export guests")
            if not isinstance(answer, dict) or not answer.get("more"):
                return
