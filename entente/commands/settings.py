"""How a command gets the settings."""

import os
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import click

from entente.settings import Settings

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def settings_of(ctx: click.Context) -> Settings:
    """The settings of the environment, read now, so that help is shown whatever they are; or those given to a test.

    Raises:
        SettingsError: a setting is unknown or unusable.
    """
    return ctx.find_object(Settings) or Settings.from_env(os.environ)


def pass_settings(
    function: Callable[Concatenate[Settings, Parameters], Result],
) -> Callable[Parameters, Result]:
    """A decorator of commands: the first argument is the settings, as `settings_of` tells."""

    @wraps(function)
    def with_settings(*arguments: Parameters.args, **options: Parameters.kwargs) -> Result:
        return function(settings_of(click.get_current_context()), *arguments, **options)

    return with_settings
