"""What is held out: whole articles and posts, for choosing a model and for calibrating it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from training.data import DEV_ARTICLES, DEV_POSTS, NEWS_PARTS, Reading

SPLIT_SEED = 20  # fixed: another training seed must not move a held-out article into training


@dataclass(frozen=True, slots=True)
class Split:
    """Two disjoint parts; `*_documents` are the documents whose paragraphs may serve as negatives."""

    train: Reading
    dev: Reading
    train_documents: set[str]
    dev_documents: set[str]


def split(reading: Reading) -> Split:
    """Six new_wiki articles, fifty posts each of reddit and amazon_reviews and a fifth of the news are held out."""
    dice = random.Random(SPLIT_SEED)
    dev: set[str] = set()
    for source, count in (("new_wiki", DEV_ARTICLES), ("reddit", DEV_POSTS), ("amazon_reviews", DEV_POSTS)):
        names = sorted({p.document for p in reading.paragraphs if p.source == source})
        dev.update(dice.sample(names, count))
    # By its place in its file, so that articles added later move none.
    news = {p.document for p in reading.paragraphs if p.source == "news"}
    dev.update(name for name in news if int(name.rpartition("/")[2]) % NEWS_PARTS == 0)
    train = {p.document for p in reading.paragraphs} - dev
    keys = {p.key for p in reading.paragraphs if p.document in dev}
    rest = {p.key for p in reading.paragraphs} - keys
    return Split(reading.only(rest), reading.only(keys), train, dev)
