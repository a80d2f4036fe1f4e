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
    Ada Shows What Was Removed
    Ada Reads    this is rude
    Ada Restores The Removed Message
    Bo Sees    this be rude

The Owner Takes A Removal Back At Once
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
    Ada Lets Nobody Else Speak
    Bo May Not Speak
    Bo Reads    This room is read-only: only its owner can post.
    Ada Says    read this
    Bo Sees    read this
    Bo Reloads The Page
    Bo May Not Speak
    Bo Reads    This room is read-only: only its owner can post.
    Ada Lets Everybody Speak
    Bo May Speak
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
    Bo May Not Speak
    Bo Reads    The room's owner has muted you. You can still read.
    Bo Reloads The Page
    Bo May Not Speak
    Ada Unmutes "Bo"
    Bo May Speak
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

What The Owner Did Is Listed
    Ada Opens A Room
    Bo Follows The Link
    Bo Is Connected
    Bo Says    blah
    Ada Sees    blah
    Ada Mutes "Bo"
    Ada Removes    blah
    Ada Changes The Title To    The Cabin
    Ada Looks At What They Did
    Ada Finds Among It    Bo muted
    Ada Finds Among It    Message 1 removed
    Ada Finds Among It    Title: The Cabin
    Ada Reloads The Page
    Ada Looks At What They Did
    Ada Finds Among It    Bo muted
