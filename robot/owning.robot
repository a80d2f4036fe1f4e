*** Settings ***
Documentation       What the owner of a room can do.

Resource            chat.resource

Suite Setup         The Chat Runs
Test Setup          Everybody Arrives
Test Teardown       Everybody Leaves


*** Test Cases ***
The Owner Removes A Message
    Ada Opens A Room
    Bo Follows The Link
    Bo Is Connected
    Bo Says    this is rude
    Ada Sees    this be rude
    Ada Removes    this be rude
    Bo Sees Messages    removed by the owner
    Bo Does Not See    this be rude
    Ada Sees Messages    removed by you
    Ada Shows The Removed Message
    Ada Reads    this is rude
    Ada Restores The Removed Message
    Bo Sees    this be rude

The Owner Undoes A Removal
    Ada Opens A Room
    Bo Follows The Link
    Bo Is Connected
    Bo Says    this is mine
    Ada Sees    this be mine
    Ada Removes    this be mine
    Bo Sees Messages    removed by the owner
    Ada Undoes It
    Bo Sees    this be mine
    Ada Sees    this be mine

A Read-Only Room
    Ada Opens A Room
    Bo Follows The Link
    Bo Is Connected
    Bo Says    this is fun
    Ada Sees    this be fun
    Ada Makes The Room Read-Only
    Bo Cannot Post
    Bo Reads    This room is read-only: only its owner can post.
    Ada Says    read this
    Bo Sees    read this
    Bo Reloads The Page
    Bo Cannot Post
    Bo Reads    This room is read-only: only its owner can post.
    Ada Lets Everybody Post
    Bo Can Post
    Bo Says    thanks
    Ada Sees    thank ye

The Owner Mutes Somebody
    Ada Opens A Room
    Bo Follows The Link
    Bo Is Connected
    Bo Says    blah
    Ada Sees    blah
    Bo Types    blah blah
    Ada Mutes "Bo"
    Ada Sees That "Bo" Is Muted
    Bo Cannot Post
    Bo Reads    The room's owner has muted you. You can still read.
    Bo Reloads The Page
    Bo Cannot Post
    Ada Unmutes "Bo"
    Bo Can Post
    Bo Hits "Send"
    Ada Sees Messages    blah    blah blah

The Owner Changes The Room While It Is Read
    Ada Opens A Room
    Bo Follows The Link
    Bo Is Connected
    Ada Changes The Title To    The Cabin
    Bo Sees That The Room Is Called    The Cabin
    Ada Reads    Saved
    Ada Changes The Title To    ${SPACE}${SPACE}
    Ada Reads    Type a title first.
    Ada Changes The Title To    The Brig
    Bo Sees That The Room Is Called    The Brig
    Ada Does Not See    Type a title first.

The Moderation Log Lists The Owner's Actions
    Ada Opens A Room
    Bo Follows The Link
    Bo Is Connected
    Bo Says    blah
    Ada Sees    blah
    Ada Mutes "Bo"
    Ada Removes    blah
    Ada Changes The Title To    The Cabin
    Ada Opens The Moderation Log
    Ada Finds In The Log    Bo muted
    Ada Finds In The Log    Message 1 removed
    Ada Finds In The Log    Title: The Cabin
    Ada Reloads The Page
    Ada Opens The Moderation Log
    Ada Finds In The Log    Bo muted
