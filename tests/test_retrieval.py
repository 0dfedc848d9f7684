from __future__ import annotations

import pytest

from assistant.assistant import Assistant
from assistant.retrieval.search import fuse_scores


def test_first_by_meaning_and_by_words_scores_one():
    assert fuse_scores({"a": 0.8, "b": 0.4}, {"a": 12.0, "b": 3.0})["a"] == pytest.approx(1.0)


def test_scores_are_the_weighted_shares_of_the_best():
    scores = fuse_scores({"a": 0.8, "b": 0.4, "c": 0.2}, {"b": 10.0, "c": 5.0})

    assert scores["a"] == pytest.approx(0.4 * 1 + 0.6 * 0)
    assert scores["b"] == pytest.approx(0.4 * 0.5 + 0.6 * 1)
    assert scores["c"] == pytest.approx(0.4 * 0.25 + 0.6 * 0.5)


def test_without_a_word_in_common_the_cosines_are_the_scores():
    assert fuse_scores({"a": 0.8, "b": 0.4}, {}) == {"a": 0.8, "b": 0.4}


def test_no_passages_have_no_scores():
    assert fuse_scores({}, {}) == {}


def test_search_finds_the_article_by_other_words(seeds: Assistant):
    articles = [
        passage.article.id
        for passage in seeds.search("boats that stay in port because of industrial action")
    ]

    assert articles[0].startswith("averell-")


def test_search_finds_a_name(seeds: Assistant):
    assert all("Achterberg" in passage.text for passage in seeds.search("Achterberg", k=1))


def test_results_are_best_first_and_as_many_as_asked_for(seeds: Assistant):
    scores = [passage.score for passage in seeds.search("flood in Tolleth", k=5)]

    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)


def test_more_passages_may_be_asked_for_than_one_list_has(seeds: Assistant):
    everything = seeds.search("the", k=1000)

    assert len(everything) == seeds.index.counts()[1]
    assert len({passage.id for passage in everything}) == len(everything)


def test_a_passage_is_a_stretch_of_its_article(seeds: Assistant):
    for passage in seeds.search("telescope mirror", k=10):
        assert (
            seeds.index.article(passage.article.id).text[passage.start : passage.end]
            == passage.text
        )
