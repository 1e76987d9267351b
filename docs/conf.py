"""The documentation site: Sphinx over the Markdown of this directory. Nothing in it is loaded from elsewhere."""

from __future__ import annotations

import preflight

project = "preflight"
author = "The preflight authors"
version = release = preflight.__version__

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"preflight {release}"
html_theme_options = {
    "source_repository": "https://github.com/mms-preflight/preflight/",
    "source_branch": "main",
    "source_directory": "docs/",
}
html_copy_source = False
html_show_copyright = False
html_use_opensearch = ""
