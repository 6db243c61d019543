"""What is looked for in messages, and what fits."""

from __future__ import annotations

import pytest

from chatdaemon.history.search import LEAST_OPEN, Term, fits, terms_of


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("tea", [Term(("tea",))]),
        ("Tea  TIME", [Term(("tea",)), Term(("time",))]),
        ('"tea time"', [Term(("tea", "time"))]),
        ('tea "time flies', [Term(("tea",)), Term(("time", "flies"))]),
        ("tim*", [Term(("tim",), open=True)]),
        ("don't", [Term(("don", "t"))]),
        ("café ГРОМ", [Term(("café",)), Term(("гром",))]),
        ("- * ! ()", []),
        ("NEAR OR AND", [Term(("near",)), Term(("or",)), Term(("and",))]),
    ],
)
def test_words_phrases_and_beginnings_are_looked_for_and_nothing_else_has_a_meaning(
    typed: str, terms: list[Term]
) -> None:
    assert list(terms_of(typed)) == terms


def test_a_beginning_of_few_letters_is_a_word_like_any_other() -> None:
    assert terms_of("t* te*") == (Term(("t",)), Term(("te",)))
    assert all(len(term.words[-1]) >= LEAST_OPEN for term in terms_of("a* ab* abc* abcd*") if term.open)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("tea", True),
        ("TIME tea", True),
        ("tea coffee", False),
        ('"tea time"', True),
        ('"time tea"', False),
        ("ti", False),
        ("for*", True),
        ("tim*", True),
        ("timer*", False),
        ("", True),
    ],
)
def test_all_that_is_looked_for_has_to_be_there(typed: str, found: bool) -> None:
    assert fits("Tea time, for everybody.", terms_of(typed)) is found
