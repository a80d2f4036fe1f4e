*** Settings ***
Documentation       Each reader chooses a translation, and sees the state of slow ones.

Resource            chat.resource

Suite Setup         The Chat Of Many Tongues Runs
Suite Teardown      The Chat Of Many Tongues Ends
Test Setup          Everybody Arrives
Test Teardown       Run Keywords    The Parrot Speaks    AND    Everybody Leaves


*** Test Cases ***
One Writes And Reads Spanish, The Other English
    Apertium Is There
    Ada Opens A Room
    Ada Chooses To Read It As    English
    Ada Writes In    English
    Bo Follows The Link
    Bo Chooses To Read It As    Español
    Bo Writes In    español
    Ada Says    My friend, see https://example.org/house?a=b and ask @grace
    Bo Sees    Mi amigo, ve https://example.org/house?a=b y pedir @grace
    Bo Says    El gato negro duerme en la casa
    Ada Sees That "Bo" Said    The black cat sleeps in the house
    Ada Has A Look At The Original Of    The black cat sleeps in the house
    Ada Reads    El gato negro duerme en la casa
    Bo Sees    El gato negro duerme en la casa

Switching Takes Effect At Once For All That Is On The Screen
    Ada Opens A Room
    Ada Chooses To Read It As    Pirate
    Ada Says    this is it
    Ada Says    my friend
    Ada Sees Messages    this be it    me hearty
    Ada Chooses To Read It As    Jack
    Ada Sees Messages    THIS IS IT    MY FRIEND
    Ada Chooses To Read It As    As written
    Ada Sees Messages    this is it    my friend
    Ada Reloads The Page
    Ada Sees Messages    this is it    my friend
    Ada Chooses To Read It As    Pirate
    Ada Sees Messages    this be it    me hearty

What Is Not Translated Yet Is Read As It Was Said
    Ada Opens A Room
    Ada Chooses To Read It As    Parrot
    The Parrot Thinks
    Ada Says    this is a slow one
    Ada Sees    this is a slow one
    Ada Reads    Translating…
    Bo Follows The Link
    Bo Chooses To Read It As    As written
    Bo Says    and this is quick
    Bo Sees    and this is quick
    The Parrot Speaks
    Ada Sees Messages    THIS IS A SLOW ONE    AND THIS IS QUICK

What Fails Says Why, And Can Be Tried Again
    Ada Opens A Room
    Ada Chooses To Read It As    Parrot
    The Parrot Sulks
    Ada Says    this is not to be
    Ada Reads    Not translated: Parrot
    Ada Sees    this is not to be
    The Parrot Speaks
    Ada Asks For It Again
    Ada Sees    THIS IS NOT TO BE

What Needs No Translation Is Left Alone
    Ada Opens A Room
    Ada Chooses To Read It As    English
    Ada Writes In    English
    Ada Says    this is English already
    Ada Sees    this is English already
    Nothing Is Said To Be Wrong Or Missing

It Is Said Who Will See It Before It Is Chosen
    Ada Opens A Room
    Ada Reads    Messages are sent to Parrot & Sons
    Ada Opens The Panel
    Ada Does Not Let Third Parties Translate
    Ada Reads    Reload to see them
    Ada Reloads The Page
    Page Should Not Contain Link    Parrot

Originals Can Stand Beside
    Ada Opens A Room
    Ada Says    this is it
    Ada Wants The Originals Beside
    Ada Reads    this is it
    Ada Says    that is that
    Ada Reads    that is that
    Ada Reloads The Page
    Ada Reads    that is that

A Screen Reader Announces Each Message Once, And No Swap
    Ada Opens A Room
    Ada Chooses To Read It As    Jack
    Ada Is Connected
    Bo Follows The Link
    Bo Says    good morning
    Ada Sees    GOOD MORNING
    Ada Has Heard    Bo: GOOD MORNING
    Ada Chooses To Read It As    As written
    Ada Sees    good morning
    Ada Has Heard    Bo: GOOD MORNING
    Ada Reloads The Page
    Ada Is Connected
    Ada Has Heard    ${EMPTY}

Without JavaScript The Original Is Marked, And The Translation Is There Later
    Ada Opens A Room
    Ada Says    this waits for a reload
    The Parrot Thinks
    Bo Has A Browser Without JavaScript
    Bo Follows The Link
    Bo Follows The Way To Read It As    Parrot
    Bo Sees    this waits for a reload
    Bo Reads    Translating… (showing the original)
    The Parrot Speaks
    Wait Until Keyword Succeeds    10s    200ms    Bo Reloads And Sees    THIS WAITS FOR A RELOAD

It Looks Well
    Ada Opens A Room
    Ada Chooses To Read It As    Parrot
    Ada Says    this is it
    Ada Sees    THIS IS IT
    The Parrot Sulks
    Ada Says    this fails
    Ada Reads    Not translated
    The Parrot Thinks
    Ada Says    and this takes its time
    Ada Reads    Translating…
    Keep A Picture    translating


*** Keywords ***
${person:\S+} Writes In
    [Arguments]    ${title}
    Switch Browser    ${person}
    Select From List By Label    id:lang    ${title}

${person:\S+} Asks For It Again
    Switch Browser    ${person}
    Click Button    css:button.translate

${person:\S+} Has Heard
    [Documentation]    All announcements of a screen reader.
    [Arguments]    ${text}
    Switch Browser    ${person}
    Wait Until Keyword Succeeds    10s    100ms    What Was Said Aloud Is    ${text}

What Was Said Aloud Is
    [Arguments]    ${text}
    ${said} =    Execute Javascript
    ...    return [...document.querySelectorAll('#announcer [data-seq]')].map((message) => message.textContent).join('')
    Should Be Equal    ${said}    ${text}

${person:\S+} Wants The Originals Beside
    ${person} Opens The Sheet "more"
    Select Checkbox    css:#beside input

${person:\S+} Does Not Let Third Parties Translate
    Switch Browser    ${person}
    Unselect Checkbox    id:third_party_translation
    Save The Settings
    Wait Until Element Contains    id:saved    Saved

${person:\S+} Reloads And Sees
    [Arguments]    ${text}
    Switch Browser    ${person}
    Reload Page
    Page Should Contain Element    ${MESSAGE}\[normalize-space()="${text}"]

Nothing Is Said To Be Wrong Or Missing
    Page Should Not Contain Element    css:.note
