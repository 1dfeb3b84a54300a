"""User interface: collects the settings (→ IGS, IES, ICS). The command line and TOML files are its first."""

from components.ui.settings import LayeredSettings
from interfaces.ports import SettingsSource
from interfaces.registry import Registry

__all__ = ["SETTINGS_SOURCES", "LayeredSettings"]

SETTINGS_SOURCES: Registry[SettingsSource] = Registry("settings_source", {"layers": LayeredSettings})
