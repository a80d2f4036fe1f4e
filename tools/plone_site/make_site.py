"""Create the site of `make plone` and its members; Plone's zconsole runs this once."""

import json
import os
import sys

import transaction
from AccessControl.SecurityManagement import newSecurityManager
from plone import api
from Products.CMFPlone.factory import addPloneSite
from zope.component.hooks import setSite

#: The site's id and title.
SITE, TITLE = "site", "Harbour School"
#: The profiles of a new site, and the add-on's.
PROFILES = ("plone.app.contenttypes:default", "plonetheme.barceloneta:default", "collective.piratechat:default")


def make_site(app, members) -> None:
    """Create the site and its members; `members`: user id -> full name, password and roles."""
    app.acl_users.userFolderAddUser("admin", members.pop("admin")[1], ["Manager"], [])
    newSecurityManager(None, app.acl_users.getUserById("admin").__of__(app.acl_users))
    site = addPloneSite(app, SITE, title=TITLE, setup_content=False, extension_ids=PROFILES)
    setSite(site)
    registry = api.portal.get_tool("portal_registry")
    registry["plone.email_from_name"] = TITLE
    registry["plone.email_from_address"] = "school@example.org"
    for user, (name, password, roles) in members.items():
        api.user.create(
            email=f"{user}@example.org",
            username=user,
            password=password,
            roles=("Member", *roles),
            properties={"fullname": name},
        )
    page = api.content.create(site, "Document", id="welcome", title="Welcome to the Harbour School")
    api.content.transition(page, "publish")
    site.setDefaultPage("welcome")
    transaction.commit()


with open(os.environ["PLONE_MEMBERS"], encoding="utf-8") as file:
    make_site(app, json.load(file))  # noqa: F821 -- zconsole's name for the root of Zope
sys.exit(0)
