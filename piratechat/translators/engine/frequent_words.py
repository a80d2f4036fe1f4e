# ruff: noqa: RUF001 -- letters of several scripts
"""Frequent words in chats, by language, for detecting the language of short texts.

A word that is frequent in several of these languages is in the list of each, so that it does not favour any of them.
Words of all languages, such as "ok", are in none.
"""

WORDS = {
    language: frozenset(words.split())
    for language, words in {
        "ru": """
            без будет буду был была было в вас все всем всё вчера вы где да давай делать до доброе добрый дома его
            ему если есть еще ещё за завтра зачем здесь знаю и иду или как какой когда код конечно кто ладно люблю
            мало меня мне много могу может можно мы на надо нас не нет ничего но нравится нужно он она они очень
            плохо по подожди пожалуйста пока потому почему при привет приду пришёл просто с сад сам сегодня сейчас
            сколько скоро спасибо спать так там тебе тебя тоже только тут ты у уже утро хорошо хочу чем что это я
        """,
        "uk": """
            або але без був бувай буде буду будь була було в вас вдома вже ви вона вони все всі всім вчора він
            гаразд давай де до добре добрий доброго дуже дякую з за завтра зараз зачекай звичайно знаю йду його йому
            код коли кохаю люблю мало мене мені ми може можна можу на навіщо нас не нема ні нічого по погано
            подобається при привіт прийду просто робити сам скоро скільки спати сьогодні та так також там те тебе
            теж ти тобі тому треба тут тільки хочу хто це чому ще що я як який якщо є і
        """,
        "be": """
            або але без будзе буду была было быў вас ведаю вельмі вы вядома гэта да давай дзе дзякуй добра добрай
            дома дрэнна ды з за зараз заўтра калі кахаю код колькі люблю магу мала мне можа можна мы мяне на нас не
            нічога па падабаецца при проста прывітанне рабіць сам спаць сёння табе так таксама там толькі трэба тут
            ты ужо усе усё усім хачу хто цябе чаму што я яго як які яму яна яны яшчэ ён ёсць і іду ў ўчора
        """,
        "bg": """
            аз ако без беше благодаря вас вече вие вкъщи всички всичко вчера го да днес до добре добро добър е за
            защо здравей здравейте знам и или има имам искам как какво какъв кога код кой колко къде към лека лошо
            мало ме мене мерси ми много мога може моля на нас не него ние нищо но нощ няма обичам от отивам още по
            правиш правя при просто разбира с са само се сега си скоро сме спя сте съм също така там те теб тебе ти
            това той трябва тук тука тя утре утро хайде харесва чао ще
        """,
        "sr": """
            ако али баш без била било био буде вас већ ви волим врло га где да данас до добро дома за зашто здраво
            знам и идем иду или има имам кад када какав како ко код колико кући лаку лоше мало мене мени ми много
            могу може молим на наравно нас не нема ништа ноћ овде од он она они по при просто радиш с сад сада сам
            само све сви свима свиђа се си скоро смо спавам сте су сутра тако такође тамо тебе теби ти то треба ту у
            ускоро хајде хвала хоћу шта што ја је још јутро јуче њега ћао ће ћу
        """,
        "mk": """
            ако ама ајде без беше благодарам вас веќе вие вчера ги го да денес до добро дома допаѓа е за здраво знам
            зошто и или има имам исто каде како каков кога код колку кон кој лошо мало ме мене ми многу можам може
            молам на нас наскоро не него нема ние ништо но ноќ ова од одам по правиш при просто сакам само се сега
            секако си сите скоро сме со спијам сте сум сѐ таа така там те тебе ти тие тоа тој треба тука утре утро
            уште фала чао што ја јас ќе
        """,
        "es": """
            a adiós ahora algo allí aquí ayer aún bien buenas buenos casa claro como con cuando cuál cuándo cuánto
            cómo de donde dormir días dónde el ella en era eres es ese eso esta estas este estoy está estás favor
            gracias gusta hacer haces hasta hay hola hora hoy ir jaja la le lo los luego mal mañana me mejor mi
            momento mucha muchas mucho muy nada no noches nos nosotros nunca o para pero por porque pronto puede
            puedo que quiero quién qué si siempre solo son soy su sé sí también tan tarde te tengo tiene todo todos
            tu tú un una usted vale vamos ver voy y ya yo él
        """,
        "fr": """
            accord ai aime arrive as attends au aujourd aussi avec beaucoup bien bientôt bonjour bonne bonsoir c ce
            ces cette chez combien comment d dans de demain des dormir du déjà elle en encore es est et faire fais
            faut heure hier ici il ils j jamais je l la le les lui là m maintenant mais mal me merci moi mon n ne
            non nous on ou oui où pas peut peux plait plaît plus plutôt pour pourquoi quand que quel quelle quelque
            qui quoi rien sais salut si son sont suis sur t te toi ton toujours tous tout très tu un une va vais
            veux voir vous à ça était
        """,
        "de": """
            abend aber alle alles auch auf bald bin bis bist bitte bleib da dank danke dann das dem den der dich die
            dir doch du ein eine er es euch für gefällt gehe geht genau gestern gleich gut guten habe hast hause
            heißt heute hier ich ihr im in ist ja jetzt kann kannst kein keine klar komme kommst lieber machen
            machst macht mal mich mir mit morgen muss nach nacht nein nicht nichts noch nur oder schlecht schon sehr
            sie sind so spät und uns viel vielen von wann war warum was weiß wenn wer wie wieder will wir wirklich
            wo zu zum
        """,
        "it": """
            a al anche ancora arrivo aspetta attimo bene buonanotte buonasera buongiorno casa certo che chi ci ciao
            come con cosa del della di domani dormire dove e era fai fare già gli grazie ha hai ho ieri il in io la
            lei lo loro lui lì ma mai male meglio mi mille mio molto niente no noi non o oggi ora ore per perché
            piace più posso prego presto può qualcosa quale quando quanto questa questo qui se sei sempre siamo so
            solo sono stai subito suo sì tanto ti tu tuo tutti tutto un una va vado vedere vi voglio voi vuole è
        """,
        "pt": """
            a agora ainda alguma ali amanhã ao aqui as até bem boa bom casa claro coisa com como da de dia disso do
            dormir e ela ele eles em era espera essa esse esta este estou está estás eu favor fazendo fazer gosto
            hoje horas há indo isso já lhe logo mal mas me melhor meu muita muito na nada no noite nos nunca não nós
            o obrigada obrigado oi olá onde ontem os ou para pode por porque posso pouco qual quando quanto que quem
            quero se sei sempre seu sim sou são só também tchau te tem tenho teu todos tu tudo tá um uma vai ver
            você vou é és
        """,
        "nl": """
            aan al alleen alles als alsjeblieft altijd bedankt ben bent daar dank dat de dit doe doei doen duurt een
            en eraan erg ergens even ga gaat geen gisteren goed goedemorgen graag hallo heb hebt heeft heel het hier
            hij hoe hoeveel iets ik in is ja je jij jou jullie kan kom laat lang lekker leuk maar me met mij moet
            mooi morgen naar natuurlijk nee niet niets nog nooit nu of om ons ook op slapen slecht straks te thuis
            uit van vandaag veel vind voor waar waarom wacht wanneer was wat we weet wel wie wij wil ze zien zij
            zijn zo
        """,
        "pl": """
            albo ale bardzo był była będzie będę chcę ci ciebie co cześć dla dlaczego do dobranoc dobry dobrze domu
            dużo dzień dzisiaj dzięki dziękuję dziś gdzie go i idę ile ja jak jaki jasne jego jest jestem jesteś
            jeszcze jeśli jutro już kiedy kocham kto która lub mam masz mi mnie mogę może my na nas nic nie o od on
            ona oni po podoba proszę robisz robić się spać są tak tam tego teraz też to trzeba tu tutaj ty tylko w
            was wczoraj wiem wszyscy wszystko wy z za zaraz źle
        """,
        "tr": """
            ama bana bekle ben bence beni biliyorum bilmiyorum bir biraz birazdan biz bizi bu bugün burada da daha
            dakika de değil dün evet eğer geceler geldi geliyorum gibi gidiyorum gitti günaydın güzel hayır her
            herkes hiç hiçbir ile istiyorum iyi için kadar kaç ki kim komik kötü lazım lütfen merhaba mi mu mü mı
            nasıl nasılsın ne neden nerede o oldu olur onlar onu orada saat sana selam sen seni seviyorum siz sonra
            tabii tamam teşekkür teşekkürler var ve veya yarın yok çok şey şimdi şu
        """,
        "en": """
            a about all already also am an and are as at bad be better but can come coming die do does doing evening
            everything for from funny get going good had has have he her here him home how i if in is it just know
            like long love make man many me morning much must my night no not nothing now of on only or out please
            see she so soon still sure thank thanks that the them there they this time to today tomorrow up us very
            wait want was we were what when where who why will with yes yesterday you your
        """,
    }.items()
}
