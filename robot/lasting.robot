*** Settings ***
Documentation       Messages survive whatever happens to the server.

Resource            chat.resource

Suite Setup         The Chat Runs
Test Setup          Everybody Arrives
Test Teardown       Everybody Leaves


*** Test Cases ***
History After A Restart
    Ada Opens A Room
    Bo Follows The Link
    Ada Says    this is for later
    Bo Says    yes
    Ada Sees Messages    this be fer later    aye
    Restart The Server
    Cy Follows The Link
    Cy Sees Messages    this be fer later    aye
    Cy Sees That "Bo" Said    aye

Nothing Is Lost While The Server Is Down
    Ada Opens A Room
    Bo Follows The Link
    Ada Says    before
    Bo Says    the storm
    Ada Sees Messages    afore    the squall
    Stop The Server
    Ada Sees That The Connection Is Lost
    Bo Sees That The Connection Is Lost
    Ada Says    is anybody there
    Ada Sees That It Is Pending    is anybody there
    Bo Says    my words
    Bo Sees That It Is Pending    my words
    Start The Server
    Ada Is Connected
    Bo Is Connected
    Ada Sees    be any soul there, ye ol' sea dog
    Ada Sees    me words
    Bo Sees    be any soul there, ye ol' sea dog
    Bo Sees    me words
    Nothing Of Ada Is Pending
    Nothing Of Bo Is Pending
    Ada Says    after
    Bo Sees    after
    Cy Follows The Link
    Page Should Contain Element    ${MESSAGE}    limit=5
