"""How much may be translated in a day: pure, the time is given."""

from piratechat.texts import Text
from piratechat.translation import QuotaExceeded

DAY = 24 * 3600


class Budget:
    """Counts characters, day by day."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._day = 0
        self.spent = 0

    def spend(self, characters: int, now: float) -> None:
        """Count `characters` that are about to be sent at `now` (seconds since 1970).

        Raises QuotaExceeded, and counts nothing, if that is more than the day has left.
        """
        self._turn(now)
        if self._most and self.spent + characters > self._most:
            raise QuotaExceeded(Text("translation.daily_quota"), DAY - now % DAY)
        self.spent += characters

    def recall(self, day: int, spent: int, now: float) -> None:
        """Go on from what was spent on `day` before the server was started again."""
        self._turn(now)
        if day == self._day:
            self.spent += spent

    def on(self, now: float) -> tuple[int, int]:
        """Return today, in days since 1970, and what it has cost."""
        self._turn(now)
        return self._day, self.spent

    def _turn(self, now: float) -> None:
        day = int(now // DAY)
        if day != self._day:
            self._day, self.spent = day, 0
