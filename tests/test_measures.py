"""Measures and intervals: numbers worked out by hand, and what has to hold whatever is measured."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.evaluation.measures import (
    all_answers,
    as_squad,
    average_precision,
    contains,
    exact_match,
    hit,
    ndcg,
    normalised,
    recall,
    reciprocal_rank,
    token_f1,
)
from assistant.evaluation.statistics import difference, mcnemar_p, mean, risk_coverage

# Pieces "a" and "b" are right. Found: nothing, a, nothing, a again and b.
RANKING = [set(), {"a"}, set(), {"a", "b"}]


def test_a_ranking_by_hand():
    assert (hit(RANKING, 1), hit(RANKING, 2)) == (0, 1)
    assert (recall(RANKING, 1, 2), recall(RANKING, 2, 2), recall(RANKING, 4, 2)) == (0, 0.5, 1)
    assert reciprocal_rank(RANKING) == 1 / 2
    # a is the first useful at rank 2, b the second at rank 4.
    assert average_precision(RANKING, 10, 2) == (1 / 2 + 2 / 4) / 2
    assert average_precision(RANKING, 3, 2) == (1 / 2) / 2
    gain = 1 / math.log2(3) + 1 / math.log2(5)
    assert ndcg(RANKING, 10, 2) == pytest.approx(gain / (1 + 1 / math.log2(3)))


def test_two_pieces_ranked_first_are_perfect():
    ranking = [{"a"}, {"b"}, set()]
    assert average_precision(ranking, 10, 2) == ndcg(ranking, 10, 2) == recall(ranking, 4, 2) == 1


rankings = st.lists(st.sets(st.sampled_from("abc")), max_size=12)


@given(rankings, st.integers(1, 12))
def test_measures_of_rankings_are_shares(ranking: list[set[str]], k: int):
    for value in (
        hit(ranking, k), recall(ranking, k, 3), reciprocal_rank(ranking), average_precision(ranking, k, 3),
        ndcg(ranking, k, 3),
    ):  # fmt: skip
        assert 0 <= value <= 1


@given(st.integers(1, 6), st.integers(0, 6))
def test_a_perfect_ranking_is_1_and_a_wrong_one_0(pieces: int, rest: int):
    perfect = [{str(i)} for i in range(pieces)] + [set()] * rest
    wrong: list[set[str]] = [set()] * (pieces + rest)
    for k in (pieces, pieces + rest + 1):
        for ranking, expected in ((perfect, 1), (wrong, 0)):
            assert average_precision(ranking, k, pieces) == pytest.approx(expected)
            assert ndcg(ranking, k, pieces) == pytest.approx(expected)
            assert (
                recall(ranking, k, pieces)
                == hit(ranking, k)
                == reciprocal_rank(ranking)
                == expected
            )


@given(rankings)
def test_what_comes_sooner_is_worth_no_less(ranking: list[set[str]]):
    later = [set(), *ranking]
    assert reciprocal_rank(ranking) >= reciprocal_rank(later)
    assert average_precision(ranking, 20, 3) >= average_precision(later, 20, 3) - 1e-12
    assert ndcg(ranking, 20, 3) >= ndcg(later, 20, 3) - 1e-12


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("The  U.S. Navy!", "us navy"), ("“An apple,” he said…", "apple he said"), ("A", "a"), ("1,400", "1400"),
        ("6.4 per cent.", "6.4 percent"), ("5.1%", "5.1 percent"), ("Moe—the youngest", "moe youngest"), ("-5", "-5"),
        ("3-1", "3 1"), ("5.4-metre", "5.4 metre"), ("£1,310,000", "1310000"), ("1985–86", "1985 86"), ("It’s.", "its"),
    ],
)  # fmt: skip
def test_texts_are_compared_in_one_form(text: str, plain: str):
    assert normalised(text) == plain


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("6.4 per cent", "64 per cent"),
        ("won 3-1", "31"),
        ("fell to -5", "5"),
        ("1985–86", "198586"),
    ],
)
def test_numbers_are_not_run_together(said: str, answer: str):
    assert not contains(said, answer)


def test_the_official_scorers_compare_as_they_do():
    assert (as_squad("The 6.4 per cent."), as_squad("Moe—the 1,400"), as_squad("a")) == (
        "64 per cent",
        "moe— 1400",
        "",
    )


def test_answers_by_hand():
    assert exact_match("The Ledger.", ["Ledger"]) == 1
    assert exact_match("The Ledger said so.", ["Ledger"]) == 0
    assert contains("It was the Harbour Courier's.", "harbour couriers")
    assert not contains("It cost 1400.", "140")
    assert not contains("Anything", "a")
    assert all_answers(
        "Two died and 1,400 left.", [["two", "2"], ["1,400"], ["three"]]
    ) == pytest.approx(2 / 3)
    # Two of four words said are right, of three wanted.
    assert token_f1("red green blue grey", ["red green white"]) == pytest.approx(2 * 2 / (4 + 3))
    assert token_f1("", ["red"]) == token_f1("red", [""]) == 0
    assert token_f1("", [""]) == 1


@given(st.text(max_size=40), st.text(max_size=40))
def test_an_answer_is_itself_and_f1_goes_both_ways(one: str, other: str):
    assert exact_match(one, [one]) == token_f1(one, [one]) == 1
    assert token_f1(one, [other]) == pytest.approx(token_f1(other, [one]))


def test_an_interval_holds_the_mean_and_narrows():
    few, many = mean([0.0, 1.0] * 10), mean([0.0, 1.0] * 1000)
    assert few.mean == many.mean == 0.5
    assert few.low < many.low < 0.5 < many.high < few.high
    # The standard error of 2,000 coins is 0.0112.
    assert many.high - many.low == pytest.approx(2 * 1.96 * 0.0112, rel=0.15)


def test_what_was_always_so_may_not_always_be():
    value = mean([1.0] * 20)
    # Clopper and Pearson: 0.025 ** (1 / 20).
    assert (value.mean, value.high) == (1, 1)
    assert value.low == pytest.approx(0.8316, abs=1e-4)
    # As much that was not seen may be 0, or 1.
    middle = mean([0.5] * 20)
    assert (middle.low, middle.high) == (
        pytest.approx(0.5 * 0.8316, abs=1e-4),
        pytest.approx(1 - 0.5 * 0.8316, abs=1e-4),
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_questions_changes_nothing(values: list[float], chance: random.Random):
    shuffled = list(values)
    chance.shuffle(shuffled)
    assert mean(values) == mean(shuffled)


def test_differences_by_hand():
    same = difference([1, 0, 1, 0] * 10, [1, 0, 1, 0] * 10)
    better = difference([1.0] * 12, [0.0] * 12)
    assert (same.mean, same.low, same.high, same.p) == (0, 0, 0, 1)
    # All of twelve flipped alike: 2 of 4,096.
    assert better.mean == 1
    assert better.p < 0.005


@pytest.mark.parametrize(
    ("won", "lost", "p"),
    # 8 won, 2 lost: twice the chance of at most 2 heads in 10, 56 of 1,024.
    [(8, 2, 2 * 56 / 1024), (0, 0, 1.0), (5, 0, 2 / 32), (0, 5, 2 / 32)],
)
def test_mcnemar_by_hand(won: int, lost: int, p: float):
    assert mcnemar_p(won, lost) == pytest.approx(p)


def test_risk_and_coverage_by_hand():
    assert risk_coverage([(0.9, True), (0.5, False), (0.7, True), (0.1, False)]) == [
        (0.25, 0.0), (0.5, 0.0), (0.75, pytest.approx(1 / 3)), (1.0, 0.5),
    ]  # fmt: skip
    # Nothing tells them apart: each is half wrong.
    assert [risk for _, risk in risk_coverage([(0.5, True), (0.5, False)])] == [0.5, 0.5]
    assert risk_coverage([]) == []


@given(
    st.lists(st.tuples(st.floats(0, 3), st.booleans()), min_size=1, max_size=30),
    st.randoms(use_true_random=False),
)
def test_all_answered_the_risk_is_the_share_of_wrong_ones(
    answers: list[tuple[float, bool]], chance: random.Random
):
    curve = risk_coverage(answers)
    shuffled = list(answers)
    chance.shuffle(shuffled)
    assert curve[-1] == (1.0, pytest.approx(sum(not right for _, right in answers) / len(answers)))
    assert [point[1] for point in risk_coverage(shuffled)] == pytest.approx(
        [point[1] for point in curve]
    )
