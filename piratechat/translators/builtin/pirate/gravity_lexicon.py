"""The vocabulary of serious texts: data only.

Taking a text for serious by mistake only costs some jokes, so in doubt a phrase is listed here.
"""

from piratechat.translators.builtin.pirate.tokens import words

#: Words, separated by spaces.
WORDS: str = """
    suicide suicidal funeral funerals cancer tumor tumour leukemia chemo chemotherapy hospice hospital hospitals
    hospitalized hospitalised ambulance paramedic paramedics overdose overdosed overdosing abuse abused abuser abusive
    rape raped rapist assault assaulted molested murder murdered murderer miscarriage stillborn stillbirth condolences
    mourn mourning grief grieve grieving widow widowed orphan orphaned rip seizure seizures stroke unconscious choking
    diagnosed diagnosis terminally illness illnesses sick ill disease covid fever flu pneumonia surgery injured injury
    injuries wounded hurt hurts hurting bleeding earthquake hurricane tsunami shooting shooter gunshot bomb bombs
    bombing bombed terrorist terrorists terrorism war wars refugee refugees kidnapped kidnapping stalker stalking
    stalked harassed harassing harassment bullied bully bullying racist racism homophobic transphobic sexist nazi
    nazis genocide holocaust torture tortured slavery slave slaves depressed depression anxiety lonely loneliness
    grieves crying sobbing heartbroken devastated divorce divorced divorcing evicted homeless bankrupt drowned
    drowning drown overdoses self-harm kys threatened threatening threat victim victims survivor survivors tragedy
    tragic coma emergency emergencies urgent-care er icu dementia alzheimer's diabetes insulin epilepsy allergic
    anaphylaxis poisoned poison strangled trafficking burglar mugged robbed attacked stabbed stabbing arrested
    deported collapsed fainted concussion relapse relapsed rehab addiction addicted disabled disability wheelchair
    passed-away deceased died dies dying death deaths dead killed killing kill buried burial cremated coffin grave
    casualties wildfire wildfires tornado flood floods flooded layoffs laid-off fired-me scream screaming abortion
    trauma traumatic ptsd autopsy corpse hanged lynched massacre police
    sad sadness heartbreak heartbreaking breakup break-up breakups betrayed betrayal rejected rejection rejections
    dumped apologize apologise apologized apologised apologies apology forgive forgiveness regret remorse furious
    upset outraged hopeless helpless worthless pathetic disgusting disgusted ashamed humiliated humiliating insulted
    insulting creep creepy groped groping nudes stalks threaten threatens harass harasses bullies abuses predator
    despair desperate cried suffering suffered burnout migraine migraines headache headaches vomiting vomited nauseous
    dizzy feverish contagious infection infected oncologist psychiatrist therapist antidepressants pills unemployed
    eviction foreclosure jailed paralyzed paralysed crippled limping biopsy relapsing unwell symptoms
    ER ICU custody obituary orphanage widower euthanized
"""
#: Words that are also used of machines, of plays and in jest.
OF_MACHINES = words("""
    died dies dying dead death killed killing kill poison ill sick emergency crying threat attacked collapsed
    screaming disabled victim buried grave slave slaves collapsed seizure hurt hurts injury threats flooded bomb
    rejected rejection rejections dumped regret upset desperate disgusting infected pathetic symptoms
    """)
MACHINES = words("""
    server servers process processes code phone battery laptop link links build builds thread threads branch script
    pod pods container containers db database disk job jobs process pid command router wifi network keyboard mouse
    screen monitor link app apps page site website cluster node nodes replica port daemon service services api cpu gpu
    drive program socket connection session worker workers deadline laughing laughter tests test pipeline deploy
    button buttons option checkbox field feature plugin extension engine game level boss line lines bit
    request requests pr commit push patch schema dump file files query password certificate
    """)

#: Possessive pronouns, subjects, and objects, including those of pirates.
_OWN = "(?:my|me|his|her|our|their|your|yer)"
_I_AM = r"(?:i'm|i am|i be|im|i feel|i've been|feeling)"
_SO = r"(?:(?:so|very|really|still|just|quite|too) )*"
_YOU = "(?:you|ye)"
_WHOM = "(?:me|us|him|her|them|you|ye)"
_NEVER = r"(?:don't|do not|never|stop|quit|please don't)"
_DEAR = (
    "(?:job|mum|mom|mother|father|dad|son|daughter|wife|husband|baby|brother|sister|friend|grand\\w+|dog|cat|home"
    "|house|mind)"
)

#: Serious phrases in lower case: words one of which each contains, and that are searched first; and regular
#: expressions.
PHRASES: tuple[tuple[str, ...], ...] = (
    ("away", "pass(?:ed|es|ing) away"),
    ("loss", "(?:your|yer) loss"),
    ("peace", "rest in peace"),
    ("condolences", f"{_OWN} condolences"),
    (
        "lost lose losing",
        rf"(?:lost|losing|lose) {_OWN} (?:\w+ )?{_DEAR}",
        "(?:lost|losing|lose) (?:him|her|the baby|a friend|everything)",
        rf"{_OWN} (?:\w+ ){{0,2}}(?:lost|losing) {_OWN}",
    ),
    ("missing", "(?:gone|went) missing", "(?:he|she|child|son|daughter|girl|boy|dog|cat) (?:is|be) (?:still )?missing"),
    ("miss", f"(?:i|we) {_SO}miss (?:my|me|our|him|her|them|you|ye)"),
    ("put", "put (?:him|her|it) (?:down|to sleep)"),
    ("news", "(?:bad|terrible|awful|sad) news"),
    # illness and accidents
    ("attack", "(?:heart|panic|asthma) attack"),
    ("breathe breathing", "can't breathe", "not breathing", "isn't breathing", "trouble breathing"),
    ("pain pains", "in (?:a lot of |so much )?pain", "(?:chest|back|stomach) pains?"),
    ("positive", "test(?:ed)? positive"),
    (
        "broke broken",
        "broken (?:arm|leg|hip|heart|bone|wrist|rib)",
        f"broke {_OWN} (?:arm|leg|hip|back|wrist|foot|nose|neck)",
    ),
    (
        "accident crash crashed",
        "(?:car|plane|train|bike) (?:crash|accident)",
        "(?:an|the|bad|terrible) accident",
        f"crashed {_OWN} (?:car|bike|truck)",
    ),
    (
        "fire",
        "(?:house|building|forest|home|kitchen|car) (?:is|be|was) on fire",
        "(?:a|the) fire (?:in|at)",
        "fire (?:brigade|department)",
    ),
    ("taken rushed", "(?:taken|rushed) to"),
    ("fell", "fell (?:down|off|from|over)"),
    ("throw throwing threw", "(?:throw|throwing|threw) up"),
    ("cold", r"(?:have|has|got|caught|with) a (?:\w+ )?cold"),
    (
        "feel feeling",
        f"feel(?:ing)? {_SO}(?:a bit )?(?:sick|ill|dizzy|faint|bad|terrible|awful|horrible|empty)",
        f"feel(?:ing)? {_SO}(?:a bit )?(?:worthless|down|unsafe|alone|guilty|like (?:crap|shit|dying))",
    ),
    ("doctor doctors", "(?:need|needs|see|seeing|saw|call|get|to) (?:a |the )?doctors?"),
    ("call", "call (?:an ambulance|911|999|112|for help)"),
    ("help", "help me please", "please help me *[.!]*$", "somebody help"),
    # work, and failures in life
    ("fired laid", "(?:got|was|been|get|getting|were|am|be|i'm|are|you're) (?:fired|laid off)", "laid off"),
    ("get got", r"(?:didn't|did not|never) (?:get|got) (?:the job|the position|in\b|accepted|promoted|invited)"),
    ("turned", f"turned {_WHOM} down"),
    ("failed", rf"failed (?:{_OWN}|the|an?) (?:\w+ )?(?:exam|exams|class|course|interview|finals)"),
    # break-ups
    (
        "broke breaking break",
        r"(?:broke|breaking|broken) up\b(?! (?:the|into|this))",
        "break up with",
        "should break up",
    ),
    ("split separated", "(?:we|they|parents|i) (?:have |are |be |we've )?(?:split up|separated)"),
    ("left leaving", r"left (?:me|him|her|us)\b(?! (?:an?|the|some|with|to)\b)", r"leaving (?:me|you|ye|him|her)\b"),
    ("cheated cheating cheats", "cheat(?:ed|ing|s) on"),
    ("between", "over between us"),
    ("friends", "(?:just|as|stay|only) friends", "no friends"),
    # rejections, and people who want to be left alone
    ("alone", rf"(?:leave|left|let) {_WHOM} (?:\w+ ){{0,3}}alone", "all alone", "not alone", f"{_I_AM} {_SO}alone"),
    (
        "away lost out off",
        r"(?:^|[.!?,] *|please |just )go away\b(?! (?:for|on|to|with|this|next))",
        "get away from",
        r"(?:^|[.!?,] *|please |just )(?:get lost|get out)\b(?! (?:of|the))",
        "get out of my",
        r"(?:fuck|piss|sod|bugger) off\b",
        "better off without",
    ),
    (
        "talk talking speak speaking yell yelling shout shouting lie lying write writing",
        rf"{_NEVER} (?:ever )?(?:talk|speak|yell|shout|lie|write|writ)(?:ing)? (?:to|at) (?:me|us|her|him)\b",
    ),
    (
        "message messaging text texting call calling contact contacting touch touching follow following insult",
        rf"{_NEVER} (?:ever )?(?:message|messag|text|call|contact|touch|follow|insult)(?:ing)? (?:me|us|her|him)\b",
    ),
    ("interested", f"{_I_AM} (?:really |just )?not interested", "be not interested"),
    ("said means", r"i said no\b", "no means no", "what part of no"),
    (
        "like love loves likes want wants need needs trust",
        rf"(?:don't|do not|never|can't|cannot|didn't) (?:even |really )?(?:like|love|want|need|trust) {_WHOM}\b(?! to)",
        r"(?:nobody|no one) (?:likes?|loves?|wants?|needs?)\b",
    ),
    (
        "see hear live",
        "(?:don't|do not|never) (?:ever )?want to (?:see|hear|talk|speak|live|be (?:here|with)|wake)",
        f"know where {_YOU} live",
        "reason to live",
        f"(?:ever )?see {_YOU} again",
    ),
    # anger and threats
    ("hate", rf"hate (?:{_WHOM}\b|myself|meself|(?:my|me) (?:life|self))"),
    ("lied", f"{_YOU} lied", "lied to"),
    ("dare", f"how dare {_YOU}"),
    (
        "angry mad pissed disappointed sorry scared afraid worried terrified frightened lonely fed stressed guilty",
        f"{_I_AM} {_SO}(?:angry|mad at|pissed|disappointed|sorry|fed up|stressed|guilty)",
        f"{_I_AM} {_SO}(?:scared|afraid|worried|terrified|frightened|lonely)",
        f"{_WHOM} (?:are|be) mad at",
        r"(?:so|very|truly|deeply|terribly|really) sorry\b",
        "sorry (?:for|about) (?:your|yer|his|her|their|what|hurting|everything)",
        r"sorry (?:i|that)\b",
        f"(?:disappointed|fed up) (?:in|with) {_YOU}",
        "forgive me",
    ),
    (
        "hell fuck screw shut",
        rf"(?:^|[.!?,] *|just )(?:go to hell|(?:fuck|screw) {_YOU}|shut (?:the \w+ )?up *(?:[.!,]|$))",
        r"(?:fuck|screw) (?:you|ye)\b",
        "go to hell",
    ),
    (
        "hit hits hitting beat beats beating kick kicked kicking punch punched punching slap slapped pushed",
        rf"(?:hit|hits|hitting|beat|beats|beating|slap|slapped|pushed) {_WHOM}\b",
        rf"(?:kick|kicked|kicking|punch|punched|punches|punching) {_WHOM}\b",
        "hit by an?",
    ),
    ("touched touches", "(?:touched|touches) (?:me|her|him)"),
    (
        "following",
        "(?:someone|somebody|he|she|man|guy) (?:is|be|keeps|kept) following (?:me|her|us)",
        "followed (?:me|her) home",
    ),
    ("hurt cut cutting harm end", "(?:hurt|cut|cutting|harm|end) (?:myself|meself|(?:my|me) life|it all)"),
    ("die", r"(?:want|wanted|going|wish|hope) (?:\w+ ){0,3}(?:to )?die\b"),
    ("destroy sue find stab shoot", rf"(?:i'll|i will|going to|gonna) (?:destroy|sue|find|stab|shoot) {_YOU}\b"),
    ("back pay suffer", "watch (?:your|yer) back", rf"{_YOU}(?:'ll| will) pay\b", f"make {_YOU} (?:pay|suffer)"),
    ("else", r"\bor else\b *[.!]*$"),
    ("anymore longer go", "can't (?:take|do) (?:it|this) any ?(?:more|longer)", "can't go on"),
    ("okay ok well safe", rf"{_I_AM} {_SO}not {_SO}(?:okay|ok|well|safe)\b(?! with)"),
    ("disappear", "want to disappear"),
    ("living life", "tired of (?:living|life)", "(?:give up on|gave up on|hate|ruined) (?:my |me )?life"),
)
