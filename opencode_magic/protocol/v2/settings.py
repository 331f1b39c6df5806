"""The setup of an OpenCode 2 server: configuration, providers and models.

What it tells of them holds keys in clear: only what is needed is read, and nothing else is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...model.agents import Config, ModelInfo, ModelLimit, Price, Provider, Providers
from ...model.tools import dig
from ...text.visible import as_text
from ..contract import settings as contract
from ..contract.settings import MergedSettings
from ..resource import operation
from .server import once_booted
from .told import number


class Configuration2(contract.Configuration):
    """The configuration, as far as it may be read."""

    @operation("GET /api/model/default")
    def get(self) -> Config:
        """Return the model and agent that answer where nothing is said."""
        found = self._call("GET", "/api/model/default", dict[str, Any]).get("data")
        if not isinstance(found, Mapping):
            return Config()
        provider, model = as_text(found.get("providerID")), as_text(found.get("id"))
        return Config(f"{provider}/{model}" if provider and model else None)

    @operation("GET /api/config")
    def all(self) -> MergedSettings:
        """Return all of it, merged: the last document wins. Values that may be keys are masked."""
        merged: dict[str, Any] = {}
        for one in self._call("GET", "/api/config", list[dict[str, Any]]):
            info = one.get("info")
            merged = _merged(merged, info) if isinstance(info, dict) else merged
        return MergedSettings(merged)

    @operation("GET /api/model", "GET /api/provider")
    def providers(self) -> Providers:
        """Return the usable providers with their models, once the server knows them."""
        models = once_booted(self._models, self.connection.sleep)
        names = {
            as_text(dig(one, "id")): as_text(dig(one, "name"))
            for one in self._call("GET", "/api/provider", dict[str, Any]).get("data") or ()
        }
        found: dict[str, dict[str, ModelInfo]] = {}
        for one in models:
            model = model_of(one)
            found.setdefault(as_text(one.get("providerID")), {})[model.id] = model
        return Providers(
            [Provider(id, names.get(id, ""), models) for id, models in found.items()],
            {id: next(iter(models)) for id, models in found.items()},
        )

    def _models(self) -> list[Mapping[str, Any]]:
        found = self._call("GET", "/api/model", dict[str, Any]).get("data") or ()
        return [one for one in found if isinstance(one, Mapping) and one.get("enabled", True)]


def _merged(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(below)
    for name, value in above.items():
        there = found.get(name)
        if isinstance(there, dict) and isinstance(value, Mapping):
            found[name] = _merged(there, value)
        else:
            found[name] = value
    return found


def model_of(told: Mapping[str, Any]) -> ModelInfo:
    """Return a model as the server tells it, without the settings of its provider."""
    costs = told.get("cost")
    cost = costs[0] if isinstance(costs, list) and costs else None
    takes = dig(told, "capabilities", "input")
    variants = told.get("variants")
    variants = variants if isinstance(variants, list) else []
    return ModelInfo(
        as_text(told.get("id")),
        as_text(told.get("name")),
        {as_text(dig(v, "id")): {} for v in variants} if isinstance(variants, list) else None,
        ModelLimit(
            number(dig(told, "limit", "context")),
            number(dig(told, "limit", "output")),
        ),
        Price(number(dig(cost, "input")), number(dig(cost, "output"))),
        as_text(told.get("status")),
        {"input": {"image": "image" in takes}} if isinstance(takes, list) else None,
    )
