"""Questions about now ("this week", "the latest", "currently"): what newer articles say counts more.

How much is a choice, not a fit: no set to tune on has dates. Among passages found for a question about now, each loses
half a logit for every e-fold of months that its article is older than the newest of them: .35 for one month, 1 for
half a year, 1.8 for three years. A better answer from an older article still wins.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from statistics import median

from index.hits import Hit

AGE_WEIGHT = 0.5  # logits
MONTH = 30.0  # days
NOW = re.compile(
    r"\b(?:(?i:this (?:past )?(?:week|weekend|month|year)|today|tonight|yesterday|last (?:night|week|month)"
    r"|now|nowadays|currently|current|at the moment|so far|latest|newest|recent|recently)|new)\b"
)


def age_costs(question: str, hits: Sequence[Hit]) -> list[float]:
    """Logits that each hit's passage loses; 0 for all if the question isn't about now or fewer than two have dates.

    An article without a date counts as old as the middle one of the others.
    """
    dates = [hit.published for hit in hits if hit.published]
    if len(dates) < 2 or not NOW.search(question):
        return [0.0] * len(hits)
    newest = max(dates)
    unknown = median((newest - day).days for day in dates)
    ages = [(newest - hit.published).days if hit.published else unknown for hit in hits]
    return [AGE_WEIGHT * math.log1p(age / MONTH) for age in ages]
