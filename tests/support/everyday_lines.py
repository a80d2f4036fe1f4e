# ruff: noqa: RUF001 - words of many languages
"""Short everyday messages by language."""

#: Messages with a known language.
KNOWN = {
    "ru": """
        Привет, как дела?
        Я скоро приду
        Что ты делаешь?
        Спасибо большое
        Где ты?
        Хорошо, договорились
        Я тебя люблю
        Пока, до завтра
        Ну ладно
        Почему так долго?
        Мне нравится
        Ты уже дома?
        Да, конечно
        Доброе утро всем
        Кто это?
        Иду спать
        Подожди минутку
        Очень смешно
        Сколько времени?
        Можно вопрос?
        Я уже еду домой
        Можешь позвонить мне вечером?
        Ты видел новый фильм?
        Надо купить хлеба
        Какая сегодня погода?
        Жду тебя у входа
        Всё пропало!
        Кажется, я заболел
        Поздравляю с днём рождения
        Ничего страшного
    """,
    "uk": """
        Привіт, як справи?
        Я скоро прийду
        Що ти робиш?
        Дуже дякую
        Де ти?
        Я тебе кохаю
        Бувай, до завтра
        Чому так довго?
        Мені подобається
        Ти вже вдома?
        Так, звичайно
        Доброго ранку всім
        Хто це?
        Йду спати
        Зачекай хвилинку
        Дуже смішно
        Я вже їду додому
        Подзвони мені ввечері
        Ти бачив новий фільм?
        Треба купити хліба
        Яка сьогодні погода?
        Чекаю тебе біля входу
        Чудова ідея
        Здається, я захворів
        Вітаю з днем народження
        Нічого страшного
    """,
    "be": """
        Прывітанне, як справы?
        Я хутка прыйду
        Што ты робіш?
        Вялікі дзякуй
        Не ведаю
        Дзе ты?
        Давай заўтра
        Добра, дамовіліся
        Я цябе кахаю
        Чаму так доўга?
        Мне падабаецца
        Добрай раніцы ўсім
        Хто гэта?
    """,
    "bg": """
        Здравей, как си?
        Какво правиш?
        Много благодаря
        Къде си?
        Хайде утре
        Добре, разбрахме се
        Обичам те
        Защо толкова дълго?
        Харесва ми
        Вкъщи ли си вече?
        Да, разбира се
        Добро утро на всички
        Кой е това?
        Отивам да спя
        Колко е часът?
        Вече се прибирам
        Трябва да купя хляб
        Какво е времето днес?
        Мисля, че съм болен
        Няма проблем
    """,
    "sr": """
        Долазим ускоро
        Шта радиш?
        Хвала пуно
        Где си?
        Хајде сутра
        Ћао, видимо се сутра
        Зашто толико дуго?
        Свиђа ми се
        Јеси ли већ кући?
        Да, наравно
        Добро јутро свима
        Ко је то?
        Идем да спавам
        Врло смешно
        Колико је сати?
        Већ идем кући
        Јеси ли гледао нови филм?
        Какво је време данас?
        Срећан рођендан
    """,
    "mk": """
        Доаѓам наскоро
        Што правиш?
        Многу ти благодарам
        Каде си?
        Ајде утре
        Те сакам
        Зошто толку долго?
        Ми се допаѓа
        Добро утро на сите
        Кој е тоа?
    """,
    "es": """
        Hola, ¿cómo estás?
        ¿Qué haces?
        Muchas gracias
        No lo sé
        ¿Dónde estás?
        Vale, de acuerdo
        Te quiero mucho
        Hasta mañana
        ¿Por qué tarda tanto?
        Me gusta mucho
        ¿Ya estás en casa?
        Buenos días a todos
        ¿Quién es?
        Me voy a dormir
        Espera un momento
        Muy gracioso
        ¿Qué hora es?
        Ya estoy llegando a casa
        Llámame esta noche
        ¿Has visto la película?
        Tengo que comprar pan
        ¿Qué tiempo hace hoy?
        Te espero en la puerta
        Qué buena idea
        Creo que estoy enfermo
    """,
    "fr": """
        J'arrive bientôt
        Tu fais quoi ?
        Merci beaucoup
        Je ne sais pas
        Où es-tu ?
        Plutôt demain
        D'accord, ça marche
        Je t'aime
        À demain
        Pourquoi c'est si long ?
        Ça me plaît
        Tu es déjà chez toi ?
        Oui, bien sûr
        Bonjour à tous
        C'est qui ?
        Attends une minute
        Quelle heure est-il ?
        Je rentre à la maison
        Appelle-moi ce soir
        Tu as vu le film ?
        Il faut acheter du pain
        Quel temps fait-il ?
        Je t'attends devant
        Bonne idée
        Je crois que je suis malade
        Joyeux anniversaire
    """,
    "de": """
        Hallo, wie geht's?
        Ich komme gleich
        Was machst du?
        Vielen Dank
        Ich weiß nicht
        Wo bist du?
        Lieber morgen
        Gut, abgemacht
        Ich liebe dich
        Bis morgen
        Warum dauert das so lange?
        Das gefällt mir
        Bist du schon zu Hause?
        Ja, natürlich
        Guten Morgen zusammen
        Wer ist das?
        Ich gehe schlafen
        Sehr lustig
        Wie spät ist es?
        Bin gleich zu Hause
        Ruf mich heute Abend an
        Hast du den Film gesehen?
        Ich muss Brot kaufen
        Wie wird das Wetter?
        Ich warte am Eingang
        Ich glaube, ich bin krank
        Alles Gute zum Geburtstag
        Kein Problem
    """,
    "it": """
        Ciao, come stai?
        Arrivo subito
        Grazie mille
        Dove sei?
        Meglio domani
        Perché ci vuole tanto?
        Mi piace
        Sei già a casa?
        Buongiorno a tutti
        Aspetta un attimo
        Molto divertente
        Che ore sono?
        Hai visto il film?
        Devo comprare il pane
        Che tempo fa oggi?
        Ti aspetto fuori
        Credo di essere malato
    """,
    "pt": """
        Olá, como vai?
        Já estou indo
        O que você está fazendo?
        Muito obrigado
        Não sei
        Onde você está?
        Melhor amanhã
        Tá bom, combinado
        Eu te amo
        Até amanhã
        Eu gosto disso
        Você já está em casa?
        Bom dia a todos
        Vou dormir
        Espera um pouco
        Muito engraçado
        Que horas são?
    """,
    "nl": """
        Hallo, hoe gaat het?
        Ik kom eraan
        Wat doe je?
        Heel erg bedankt
        Ik weet het niet
        Waar ben je?
        Goed, afgesproken
        Ik hou van je
        Waarom duurt het zo lang?
        Ik vind het leuk
        Ben je al thuis?
        Ja, natuurlijk
        Goedemorgen allemaal
        Ik ga slapen
        Wacht even
        Heel grappig
        Hoe laat is het?
    """,
    "pl": """
        Cześć, jak się masz?
        Zaraz będę
        Co robisz?
        Dziękuję bardzo
        Nie wiem
        Gdzie jesteś?
        Lepiej jutro
        Dobrze, umowa stoi
        Kocham cię
        Dlaczego to tak długo trwa?
        Podoba mi się
        Jesteś już w domu?
        Tak, oczywiście
        Dzień dobry wszystkim
        Kto to jest?
        Idę spać
        Poczekaj chwilę
        Bardzo śmieszne
        Która jest godzina?
    """,
    "tr": """
        Merhaba, nasılsın?
        Birazdan geliyorum
        Ne yapıyorsun?
        Çok teşekkürler
        Bilmiyorum
        Yarın daha iyi
        Tamam, anlaştık
        Seni seviyorum
        Yarın görüşürüz
        Neden bu kadar uzun sürüyor?
        Hoşuma gitti
        Eve vardın mı?
        Herkese günaydın
        Uyumaya gidiyorum
        Bir dakika bekle
        Çok komik
        Saat kaç?
    """,
    "en": """
        Hi, how are you?
        I'm coming soon
        What are you doing?
        Thanks a lot
        I don't know
        Where are you?
        Better tomorrow
        OK, it's a deal
        I love you
        See you tomorrow
        Why does it take so long?
        I like it
        Are you home already?
        Yes, of course
        Good morning everyone
        Who is it?
        I'm going to bed
        Very funny
        What time is it?
        come on
        not bad
        on time
        I'm almost home
        Did you see the film?
        I need to buy bread
        How is the weather?
        I'll wait at the door
        I think I'm sick
    """,
}

#: Messages that exist in several of these languages, or are names.
AMBIGUOUS = """
    Не знаю
    Давай завтра
    Не знам
    Здраво, како си?
    Добро, договорено
    Все пропало!
    Иван Петров
    Да, да
    hello handsome
    lol omg
    Ada Lovelace
    Kubernetes cluster
    no problem
    die hard
    Ola Nordmann
"""

#: Messages in languages without a word list: none of the languages above.
OTHERS = {
    "ky": (
        "Салам, кандайсың?",
        "Үйдөмүн",
    ),
    "mn": (
        "Сайн байна уу",
        "Би гэртээ байна",
    ),
    "kk": (
        "Рахмет саған",
        "Мен үйдемін",
        "Сыры белгісіз",
    ),
    "tt": (
        "Рәхмәт",
        "Мин өйдә",
    ),
    "uz": (
        "Ассалому алейкум",
        "Йўқ, бўлди",
    ),
    "tg": ("Ташаккур",),
    "cs": (
        "Ahoj, jak se máš?",
        "Dobrý nápad",
    ),
    "hu": ("Szia, hogy vagy?",),
    "ro": (
        "Ce mai faci?",
        "Am ajuns acasă",
    ),
    "sv": ("Jag är hemma nu",),
    "nb": ("Takk skal du ha",),
    "da": ("Hej, hvordan går det?",),
    "fi": ("Hei, mitä kuuluu?",),
    "id": (
        "Apa kabar?",
        "Saya di rumah",
    ),
    "fil": ("Kumusta ka?",),
    "ca": (
        "Hola, com estàs?",
        "Ja sóc a casa",
    ),
    "lt": ("Labas rytas",),
    "sl": ("Dobra ideja",),
    "sq": ("Unë jam në shtëpi",),
    "gl": ("Moitas grazas",),
    "eo": ("Saluton, kiel vi?",),
}
