"""Pages for the people who run it: the portal of the units, the desk of the bureau, dispatch, the installation. They call flow."""
