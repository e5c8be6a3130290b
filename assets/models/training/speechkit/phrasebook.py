"""The words and templates that utterances are made of. `{part}` and the like are filled; `(a|b|)` is one of them."""

VERBS = (
    "remove|install|replace|check|inspect|clean|drain|fill|bleed|prime|adjust|tighten|loosen|torque|disconnect|connect|"
    "test|measure|swap|change|unscrew|unbolt|undo|take off|put back|put on|pull|pull out|open|close|flush|seat|align|"
    "lubricate|grease|tension|reset|start|stop|service|find|reach|get to|get at|look at|take out|pop off|crack open|"
    "top off|top up|wipe|refit|set|hook up|unhook|jump|charge|isolate|lock out|tag|secure|lift|hold|turn|press|"
    "reconnect|reinstall|repair|fix|examine|label|mark|cap|plug|rotate|slide|release|move|support|work on"
).split("|")
DOING = (
    "removing|installing|replacing|checking|cleaning|draining|filling|bleeding|adjusting|tightening|loosening|"
    "disconnecting|connecting|testing|measuring|changing|pulling|opening|closing|servicing|running|starting|"
    "stopping|lifting|charging|cranking|working on|turning|torquing|priming|inspecting|jump starting"
).split("|")
DONE = (
    "removed|installed|replaced|checked|cleaned|drained|filled|bled|adjusted|tightened|loosened|disconnected|"
    "connected|tested|measured|swapped|changed|pulled|opened|closed|broken|cracked|bent|stripped|seized|worn|"
    "locked out|tagged|lifted|marked|taken off|put back|torqued|greased|oiled|primed"
).split("|")
STATES = (
    "leaking|loose|cracked|stuck|hot|cold|wet|dry|dirty|clogged|bent|worn|worn out|broken|missing|tight|full|empty|"
    "low|high|open|closed|on|off|burnt|corroded|rusty|noisy|vibrating|seized|dead|good|bad|damaged|frayed|shorted|"
    "smoking|blown|flat|slack|slipping|rattling|jammed|cross threaded|stripped|weak|discharged|overheating|flooded|"
    "rubbing|squealing|disconnected|plugged|contaminated|milky|black|cloudy|swollen"
).split("|")
THINGS = (
    "bolt|nut|screw|washer|gasket|seal|o ring|hose|clamp|hose clamp|pipe|fitting|line|cable|wire|connector|terminal|"
    "lug|stud|bracket|mount|cover|panel|door|latch|hinge|guard|belt|pulley|bearing|shaft|valve|filter|element|bowl|"
    "plug|drain|tank|cap|gauge|meter|lamp|light|bulb|switch|relay|fuse|breaker|battery|starter|solenoid|pump|"
    "injector|engine|generator|radiator|coolant|oil|fuel|exhaust|muffler|manifold|head|block|valve cover|dipstick|"
    "governor|throttle|lever|knob|button|plate|tag|lock|key|warning label|ground|ground strap|frame|skid|housing|"
    "rotor|stator|brush|brushes|regulator|diode|rectifier|windings|load|receptacle|outlet|cord|harness|sensor|"
    "thermostat|water pump|fan|shroud|turbo|intake|air filter|cylinder|piston|ring|crankshaft|camshaft|flywheel|"
    "timing gear|rocker arm|pushrod|tappet|sump|pan|oil pan|drip pan|jug|funnel|rag|container|bucket|retaining ring|"
    "cotter pin|lock wire|dowel|spring|spacer|shim|bushing|coupling|flange|elbow|banjo bolt|copper washer|sight glass"
).split("|")
TOOLS = (
    "wrench|socket|ratchet|torque wrench|screwdriver|flat screwdriver|phillips|pliers|hammer|mallet|pry bar|strap "
    "wrench|filter wrench|multimeter|meter|voltmeter|feeler gauge|hex key|allen key|allen wrench|extension|breaker "
    "bar|box end|open end|crowfoot|test lamp|hydrometer|scraper|wire brush|drain pan|funnel|gloves|goggles|face "
    "shield|jack|hoist|sling|fire extinguisher|thread sealant|grease|penetrating oil|rags|bearing puller|"
    "vise grips|flashlight|mirror|magnet|caliper|dial indicator|tape|marker|lock|padlock"
).split("|")
SIDES = "left|right|upper|lower|front|rear|main|first|second|other|old|new|big|small|spare|whole|entire".split("|")
PLACES = (
    "on the left side|on the right|under the tank|behind the panel|near the fan|at the back|at the front|by the "
    "battery|below the pump|on top|underneath|inside|next to the filter|between the two|over there|in the box|on the "
    "bench|at the control end|on the engine side|outside|in the field|at the bottom|up there|down here|"
    "in the control box|on the firewall|by the door|in the truck|at the depot"
).split("|")
FLUIDS = "oil|coolant|fuel|diesel|water|grease|antifreeze|brake fluid|electrolyte|acid|solvent|air".split("|")
SIGNS = (
    "white smoke|black smoke|blue smoke|a grinding noise|a squeal|a click|a knock|a whine|a burning smell|sparks|"
    "water in the fuel|metal in the oil|bubbles|a rattle|a hum|low voltage|no voltage|high temperature|low pressure|"
    "a surge|a hiss|a drip|steam|vibration|a bang|fumes|a fuel smell|foam|rust|a puddle"
).split("|")
NAMES = (
    "mike|sarah|joe|maria|sergeant|chief|boss|bob|anna|dave|lisa|tom|kelly|corporal|captain|jim|susan|carlos|emma|"
    "rodriguez|smith|johnson|miller|private|lieutenant|doc|buddy|man|guys|team"
).split("|")
FOOD = (
    "coffee|lunch|a sandwich|pizza|dinner|breakfast|a burger|chicken|rice|soup|water|tea|donuts|some fruit|an apple|"
    "cookies|eggs|chips|a soda|tacos|salad|noodles"
).split("|")
DAYS = (
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|today|tonight|yesterday|next week|this morning|"
    "in the afternoon|last night|at noon|in an hour|last month|this evening|next year|over the weekend"
).split("|")

FILLERS = (
    "um|uh|er|okay|okay so|so|hey|well|alright|right|listen|hm|you know|i mean|now|fieldwright|hey fieldwright|"
    "excuse me|quick question|question|let me see|sorry|one thing|um so|uh okay|like|also|and|but|hold on"
).split("|")
TAILS = (
    "please|again|on this one|on this engine|on this set|exactly|anyway|by the way|in the manual|right now|do you "
    "know|for this model|if you know|or something|or what|in here|on this thing|before i start|when it is hot|"
    "when it is cold|while it is running|with the engine off|first|then|now|without help|by myself|at idle|"
    "under load|at night|in the cold|after that|afterwards|for sure|or not|too"
).split("|")
CONTEXT = (
    "i am at the {part}|i have the {part} off|the {part} is {state}|i am looking at the {part}|i am done with the "
    "{part}|it is {state} here|we have {sign}|i just {done} the {part}|i can not see the {part}|i see {sign}|"
    "there is {sign}|i am {ing} the {part}"
).split("|")
CORRECTIONS = (
    "the {part} no wait the {part}|no i mean the {part}|step {step} no sorry|not the {part} the {part}|"
    "i was going to ask|the {part} uh sorry the {part}|wait no|scratch that|let me start again|actually|"
    "where is no i mean|how do i uh"
).split("|")

QUESTIONS = [
    "how do i {verb} the {part}", "how do you {verb} (the|this|a) {part}", "how (can|would|should) i {verb} the {part}",
    "how do i {verb} the {part} without {ing} the {part}", "how (often|long) do i {verb} the {part}",
    "what is the torque (for|of|on) the {part}", "what (torque|tension|gap|pressure|voltage) (for|on) the {part}",
    "how tight does the {part} (go|need to be)", "how tight should the {part} be", "how much {fluid} does it (take|hold|need)",
    "how much {fluid} goes in the {part}", "what (kind|type|grade) of {fluid} (do i use|goes in|does it take)",
    "which {fluid} (do i|should i|can i) use (in|for) the {part}", "where is the {part}", "where do i find the {part}",
    "where does the {part} (go|connect|attach|sit)", "where are the {part} and the {part}",
    "what (tool|wrench|socket|size) (do i need|fits|goes on|works) (for|on) the {part}", "do i need a {tool} (for this|here|for the {part})",
    "can i use a {tool} (instead|on the {part}|for this)", "what size (is|are) the {part}", "what size {tool} for the {part}",
    "what is the part number (for|of) the {part}", "what part number is the {part}", "what is the {part} (called|for)",
    "what does the {part} do", "what is (this|that) {part}", "what is (this|that) (thing|hose|wire|knob) {place}",
    "why is the {part} {state}", "why does (it|the {part}) keep {ing}", "why do i have to {verb} the {part} (first|before)",
    "what happens if i do not {verb} the {part}", "what happens if the {part} is {state}", "what if the {part} is {state}",
    "what do i do if the {part} is {state}", "what should i do (when|if) i see {sign}", "what causes {sign}",
    "what could cause {sign}", "why is there {sign}", "why am i getting {sign}", "is it (okay|safe|normal) (to|if i) {verb} the {part}",
    "is it (okay|normal|bad) that the {part} is {state}", "is the {part} supposed to be {state}", "is there (a|any) {part} {place}",
    "can i {verb} the {part} (with|while) the engine (running|on|hot)", "can i {verb} the {part} (now|yet|by hand|alone)",
    "can i start (the engine|it|the generator) with the {part} {state}", "can i reuse the {part}", "do i reuse the old {part}",
    "do i (have|need) to {verb} the {part} (first|before this|too|as well|again)", "do i need a new {part}",
    "should i {verb} the {part} (first|before the {part}|or the {part})", "should the {part} be {state}",
    "which way does the {part} (turn|go|face)", "which (side|end|one) is the {part}", "which {part} (first|comes first|is it)",
    "which wire goes to the {part}", "how many (bolts|screws|clips|turns|hours|volts) (for|on|hold) the {part}",
    "how many {part}s are there", "how many {unit} (should it read|is it|do i need|on the {part})",
    "how long (do i|should i) (wait|crank|run it|let it cool|let it run)", "how far do i (turn|open|loosen|back off) the {part}",
    "how hot (does|can|should) the {part} get", "how heavy is the {part}", "how (high|low) is too (high|low)",
    "how do i know (if|when) the {part} is {state}", "how can i tell (if|that) the {part} is {state}",
    "how do i tell which {part} is {state}", "what (voltage|pressure|level|reading|temperature) should (i see|it be|the {part} have)",
    "what is the (normal|right|correct|minimum|maximum) (voltage|pressure|level|reading|temperature|speed|frequency|gap) (for|of|at) the {part}",
    "what is the {part} (pressure|voltage|clearance|capacity|resistance|setting)", "what should the {part} read",
    "what (is|was) the (order|sequence|procedure) for {ing} the {part}", "what comes off before the {part}",
    "what do i {verb} before the {part}", "what (else|next) do i have to {verb}", "when do i {verb} the {part}",
    "when (should|must) the {part} be {done}", "who (can|is allowed to) {verb} the {part}", "does the {part} (come off|turn|unscrew|need to be {done})",
    "does it matter (if|that) the {part} is {state}", "does this {part} have a {part}", "did i have to {verb} the {part}",
    "(are|is) the {part} and the {part} the same", "what is the difference between the {part} and the {part}",
    "(tell|show) me (about|where) the {part} (is|)", "tell me how to {verb} the {part}", "show me the {part}",
    "show me how to {verb} the {part}", "i need to {verb} the {part}", "i want to {verb} the {part}", "help me {verb} the {part}",
    "walk me through {ing} the {part}", "i am trying to {verb} the {part}", "looking for the {part}", "{ing} the {part}",
    "the {part} is {state} what now", "the {part} will not (come off|turn|move|budge|open|seat|start)", "the {part} does not fit",
    "i (dropped|lost|broke|stripped) the {part}", "i can not find the {part}", "i can not (reach|see|turn|get) the {part}",
    "what (warnings|cautions|safety) (apply|do i need) (to|for|when) {ing} the {part}", "is there a warning (about|for|on) the {part}",
    "do i need (gloves|goggles|eye protection|a helper|two people) (for this|to {verb} the {part})",
    "what is the {number} (volt|amp|hour|inch) {part}", "is {measure} (okay|too much|too low|normal|enough) (for the {part}|)",
    "it reads {measure} is that (okay|normal|right)", "i am reading {measure} (on|at) the {part}", "what do i set the {part} to",
    "{verb} the {part} how", "torque on the {part}", "{part} torque", "{part} part number", "{part} location", "the {part}",
    "how do i (lock|shut) (out|off|down) the (set|generator|engine|battery|load)", "how do i isolate the {part}",
    "what is the firing order", "what is the oil capacity", "what is the service interval (for|of) the {part}",
    "what (voltages|loads) can it (make|carry|supply)", "how do i parallel two sets", "how do i ground the (set|frame|generator)",
    "how loud is it", "what fuel can i use in (the cold|winter|an emergency)", "how long will it run on a tank",
    "why will it not (crank|start|stop|make power|hold speed|shut down|charge)", "what does the {part} light mean",
    "is (this|that|it) the (right|correct|same) {part}", "where do i put the (jack|sling|drain pan|meter|leads|lock|tag)",
    "what do i need to {verb} the {part}", "which {tool} (do i use|for) (on|) the {part}", "what color is the {part}",
    "how do i get the {part} (off|out|back on|loose|open)", "is the {part} left hand thread", "what thread is the {part}",
    "do not {verb} the {part} yet (what|how) about the {part}", "how come the {part} is {state}",
    "what is behind the {part}", "what sits (under|over|next to) the {part}", "when was the {part} last {done}",
    "does the {part} get (oil|grease|sealant|a new gasket|a lock washer)", "who makes the {part}",
    "what is the weight of the {part}", "what page is (the|that) {part} on", "what manual (is|covers) (this|the {part})",
]  # fmt: skip

FAULTS = [
    "the {part} is {state}", "the {part} is {state} and the {part} is {state}", "it will not (start|crank|stop|shut down|run|charge)",
    "the engine (cranks|turns over) but (does not|will not) (start|fire|catch)", "it (starts|runs) (and|but) then (dies|quits|stops|stalls)",
    "the engine (dies|stalls|surges|hunts|misses|knocks|smokes) (under load|at idle|when hot|when i load it)", "there is {sign}",
    "there is {sign} {place}", "i (see|hear|smell|have|get|found) {sign}", "i (see|hear|smell) {sign} (from|at|near) the {part}",
    "we have {sign} and the {part} is {state}", "{fluid} is (leaking|dripping|coming) (from|out of) the {part}", "it is (losing|using|burning) {fluid}",
    "the {part} (light|lamp|gauge) (is on|came on|is flickering|does not work|stays on|went out|reads zero)", "it is running (hot|rough|slow|fast|lean)",
    "it has no (power|output|oil pressure|fuel|spark|coolant)", "no (power|output|voltage|click|crank|oil pressure) at all", "nothing happens when i {verb} the {part}",
    "the starter (clicks|spins|grinds|does not engage|just clicks|turns slowly)", "the (battery|batteries) (is|are) (dead|flat|low)",
    "the (voltage|frequency|pressure|temperature) is (low|high|unstable|jumping|dropping|zero)", "the breaker (trips|will not reset|keeps tripping|popped)",
    "it (overheated|shut itself down|blew a fuse|backfired|seized)", "it makes {sign} when i {verb} the {part}", "i {done} the {part} and now there is {sign}",
    "after {ing} the {part} it (will not start|leaks|runs rough|has {sign})", "the {part} (broke|cracked|fell off|came loose|burned out|blew|popped off)",
    "my {part} is {state}", "this {part} is {state}", "genny is {state}", "the genny will not {verb}", "it reads {measure}", "only {measure} at the {part}",
]  # fmt: skip
AFTER_FAULT = [
    "what do i check", "what do i do", "what is wrong", "what could it be", "how do i fix it", "where do i start", "any ideas",
    "is that bad", "can i keep running it", "should i shut it down", "help", "when i {verb} the {part}", "since {day}", "after {number} hours",
]  # fmt: skip

CODED = [
    "{code}", "{code}", "part number {code}", "what is {code}", "look up {code}", "find part number {code}", "do we have {code} in stock",
    "is {code} the right {part}", "i have {code} here", "it says {code} on the {part}", "serial number {code}", "national stock number {code}",
    "order {code}", "technical manual {code}", "the tag says {code}", "model {code}", "stock number {code}", "code {code}", "terminal {code}",
    "wire {code}", "the number is {code}",
]  # fmt: skip
READINGS = [
    "{measure}", "{measure}", "{number}", "it is {measure}", "i get {measure}", "about {measure}", "{measure} on the {part}", "set it to {measure}",
    "{measure} or {measure}", "between {number} and {number} {unit}", "the {part} reads {measure}", "torque it to {measure}", "at {measure}",
    "it says {number}", "more than {measure}", "less than {measure}", "roughly {number}", "step {step}", "steps {step} to {step}", "figure {step}",
    "table {step}", "page {number}", "{number} {number} {number}", "{number} over {number}", "from {number} to {number}", "{number} times {number}",
]  # fmt: skip
COLLEAGUE = [
    "hey {name} (hand|pass|give|get|bring|throw) me (the|that|a) {tool}", "{name} (where|what) is (the|my) {tool}", "{name} come (here|over) (and|) look at this",
    "can you hold the {part} for me {name}", "hold this {part}", "next time (use|bring|get) (the|a) {tool}", "he said go back to the (shop|truck|depot)",
    "we go back {day}", "the next shift (starts|comes) {day}", "{name} (said|told me) to {verb} the {part}", "i told {name} to {verb} the {part}",
    "did you {verb} the {part} {name}", "do not (touch|drop|start|move) (the {part}|that|it) {name}", "stop the truck {place}", "i will be done {day}",
    "i need to stop by the (store|shop|office)", "repeat after me", "the last step (down|is broken|was the worst)", "watch your (hands|step|head) (on|near) the {part}",
    "let us go {day}", "pass the {fluid} {name}", "did you acknowledge his message", "he never acknowledges anything", "that warning light on my car is on",
    "i skipped breakfast {day}", "skip the {part} and do the {part}", "{name} are you done with the {tool}", "who took my {tool}", "back up the truck",
    "you can repeat that to {name}", "{name} is next in line", "what step did {name} stop at", "continue without me", "yes i told {name} about the {part}",
    "no i do not have the {tool}", "not that {tool} the other one", "are you ready {name}", "say that to {name}", "we are nearly finished with the {part} {name}",
    "the manual says {verb} the {part}", "i would not {verb} the {part}", "never {verb} the {part}", "{name} {verb} the {part}", "lift on three one two three",
    "(careful|easy|slowly|watch out) {name}", "(turn|shut) that (off|down|on) {name}", "i am going to get {food}", "wait for {name}", "tell {name} i am {state}",
]  # fmt: skip
REPORTS = [
    "yes it (is|does|clicks|starts|turns|runs|leaks)", "no it (is not|does not|will not|just clicks)", "it is {state}", "it (clicks|hums|just clicks|turns|cranks|spins)",
    "nothing", "nothing at all", "yes {measure}", "no only {measure}", "about {number}", "the first one", "the second one", "the {part}", "both of them", "neither",
    "i heard (it|a click|nothing)", "i see {sign}", "i do not (know|see it|hear it|smell it)", "it looks {state}", "it looks (okay|fine|good) to me", "yes the {part} is {state}",
    "no the {part} is not {state}", "i think (so|not|it is {state})", "maybe", "sometimes", "a little", "not sure", "(it is|) the one {place}", "it (was|is) already {done}",
    "i already {done} it", "{state}", "{state} and {state}", "still {state}", "dead quiet", "one click", "fast clicks", "a lot of it", "more than before", "none",
]  # fmt: skip
DAILY = [
    "what time is it", "do you want {food}", "let us get {food} {day}", "i am (tired|hungry|thirsty|cold|hot|late|bored|sick)", "it is going to rain {day}",
    "did you see the game {day}", "my (wife|husband|brother|sister|mother|father|son|daughter|dog|cat|car|phone|back|knee) is (sick|late|fine|broken|here|gone|hungry|old)",
    "i have to (call|meet|pick up|see) my (wife|mom|kids|boss|doctor|brother) {day}", "how was your (weekend|day|trip|night|vacation)", "where are you from",
    "what is for (lunch|dinner|breakfast)", "i drove {number} miles {day}", "the weather is (nice|terrible|cold|hot|windy) {day}", "turn on the radio", "i like this song",
    "can we talk about this {day}", "that is a nice (car|truck|watch|house|jacket)", "we are out of {food}", "i bought a new (car|phone|bike|boat|house) {day}",
    "the (bus|train|plane|boss|mail) (is|was) late {day}", "have you been to (the beach|the city|the mountains|texas|london|canada)", "they won {number} to {number}",
    "see you {day}", "good (morning|night|afternoon|luck) {name}", "happy birthday {name}", "thank you very much", "i do not think that is a good idea",
    "he is (always|never) on time", "she works (here|at the hospital|in the city|at night)", "we should go (fishing|swimming|home|out|hiking) {day}",
    "i (read|heard|saw) it (on the news|in the paper|somewhere) {day}", "it costs {number} dollars", "open the window please", "close the door behind you",
    "who is on the phone", "the kids are at school", "i forgot my (keys|wallet|lunch|badge|gloves)", "there is a (dog|cat|bird|man|truck) {place}", "what a day",
    "you can not be serious", "i will (call|text|email|see) you {day}", "how (old|tall|far|big) is it", "my favorite color is (blue|red|green|yellow|orange)",
    "we (watched|saw) a (movie|game|show) {day}", "the (coffee|food|water) here is (good|bad|cold|terrible)", "he plays the (guitar|piano|drums) {day}",
    "the next train leaves {day}", "i want to go back home", "show me your new phone", "nobody told me", "it was (a joke|an accident|my fault|great|awful)",
    "she said yes", "he said no", "are we there yet", "just a moment i am on the phone", "did you finish your {food}", "wait until you hear this", "repeat business is good",
]  # fmt: skip

# Shop talk: short, with the machine as "she", with the work before the question or after it.
JOBS = (
    "putting the {part} back on|hanging the {part}|swapping the {part}|bolting up the {part}|buttoning up the {part}|"
    "changing out the {part}|pulling the {part}|working on the {part}|chasing a leak at the {part}|rebuilding the {part}|"
    "about to {verb} the {part}|got the {part} in my hand|got the {part} off|the {part} is off|the {part} is back in|"
    "down to the {part}|doing the {part}|{ing} the {part}|{part} is on|new {part} is in|found a {state} {part}|"
    "the {part} looks {state}|engine is (running|off|warm|cold)|it is (below freezing|hot|raining|dark) out here|"
    "she is (running|warm|cold|stopped|under load|down|idling)|no load on it|full load on it|in a hurry here|"
    "one hand free|first time on this set|doing the (weekly|monthly|daily|yearly) check|just took over this shift|"
    "down at the {part}|on my back under it|lid is off|panel is open|the tank is (empty|full|half full)"
).split("|")
SHOP = [
    "how (tight|snug|hard) (on|for) the {part}", "how tight (does|do) the {part} (go|get)", "what do i torque the {part} to",
    "what do the {part} bolts get", "what does the {part} nut get", "{part} bolts how tight", "{part} nut torque", "{part} (spec|value|limit|setting|size)",
    "(foot|inch) pounds on the {part}", "how many (foot|inch) pounds (on|for) the {part}", "how many newton meters (on|for) the {part}",
    "how (far|much|hard) do i (turn|pull|push|open|crank|bend|lean on) the {part}", "how (far|much) (further|more)", "how much more do i (turn|add|pour|pull) (it|)",
    "how many {unit} (max|at most|at least|minimum)", "what is the (limit|cutoff|range|minimum|maximum|least|most) (on|for) the {part}",
    "what (range|number|value|figure) is (okay|good|right|too low|too high|good enough)", "what (number|value|figure) (am i looking for|do i want|do i shoot for|should i get)",
    "what should (she|it) (put out|read|hold|make|show|run at|idle at|draw)", "what should the {part} (put out|hold|show|draw|weigh|sound like|look like)",
    "how (low|high) can (it|she|the {part}|the voltage|the level) (get|go|drop|climb)", "how long can (she|it|i) (run|crank|sit|wait|go) (like this|without {fluid}|on one tank|)",
    "how long (between|do i wait between) (tries|starts|changes|cranks)", "how long till (it|the {part}) is due", "when is the {part} due",
    "how many (hours|days|months|times) (before|till|until) i (change|toss|swap|clean|check|grease) the {part}", "how many times can i (clean|use|reset|blow out|try) (it|the {part})",
    "how many (quarts|liters|gallons|pints) (does she|does it|do i) (take|hold|need|put in|add)", "how much {fluid} (gets|brings) (it|her|me) to (full|the mark|the line)",
    "what weight (oil|{fluid}) (do i run|goes in|for this cold|for winter|in summer)", "what (oil|fuel|coolant|grease) (for|in) (the cold|the heat|winter|the desert)",
    "which lead (goes|comes) (on|off) (first|last)", "which (wire|lead|hose|bolt|cable|clip) (first|last|goes where|is which)", "which way (on|for) the {part}", "which way does (it|she|the {part}) (spin|turn|face|lay|thread)",
    "(left|right) or (left|right)", "is it (left|right) hand thread", "what (gauge|gage|size) (wire|cable|hose|fuse|line) (for|on|to) the {part}", "what amp (fuse|breaker) (for|in|on) the {part}",
    "what (fuse|bulb|belt|filter|plug) (does it|does she|do i) (take|need|use)", "part number on the {part}", "who stocks the {part}", "how do i get at the {part}", "how do i get (it|her) (going|started|running|to start|to crank)",
    "how do i (kill|shut down|start|crank|bleed|prime|reset|load|unload) (it|her|this thing|the set|this rig)", "how do i (kill|start|test|load) it (by hand|without the {part}|in an emergency)",
    "what do i (kick|flip|pull|push|hit|turn) to (start|stop|kill|reset) it", "what (trips|kills|stops|feeds|drives|cools|charges) (it|the {part})", "what (feeds|drives|holds|seals|turns) the {part}",
    "where does the {part} (live|hide|mount|drain|vent|plug in)", "where is the {part} (on this thing|hiding|at)", "where do i (hook|clip|clamp|tie|strap|read|measure|bleed|drain) (it|the {part})",
    "do i (chuck|keep|save|toss|reuse) the (old|) {part}", "do i need to (chock|tie down|ground|level) (it|her|the set)", "can i (run|start|leave|tow|move) (it|her) (like this|with the {part} off|hot|indoors|in the rain)",
    "can i (jump|tow|slave|share) it (off|from|with) (a truck|another set|the other battery|shore power)", "can i get (away with|by with) a {state} {part}", "is a {state} {part} (a problem|okay|bad|safe)",
    "is (it|she) supposed to (smoke|shake|click|hum|drip|whine|surge|get hot)", "(it|she) (smokes|shakes|clicks|hums|drips|whines|surges|stinks|growls|dribbles|bucks|sputters) (when|every time) i {verb} the {part}",
    "she (will not|does not) (crank|catch|fire|start|stop|idle|rev|charge|hold load|build voltage|turn over)", "she (cranks|turns over|spins) but (will not|does not) (catch|fire|light|start)",
    "she (started|ran|lit|caught|fired) (and|then) (quit|died|shut off|stalled) (on me|)", "(lights|lamps|volts|amps|hertz) (go dim|jump|drop|hunt|fade) (under load|when i load it|)", "{sign} (from|out of|around) the {part} what (is it|now|do i check|gives)",
    "got {sign} what (is it|now|do i check|gives)", "what (makes|causes|could be) {sign} (on|at) the {part}", "{state} {part} what now", "what goes (back|in|on|together) (first|last|next) (after the {part}|)", "what comes (after|before) {ing} the {part}",
    "what am i (missing|forgetting) (before|after) {ing} the {part}", "what do i (lock out|shut off|unhook|open|tag) before (i touch|i pull|{ing}) the {part}", "anything hot (near|by|under) the {part}", "will the {part} (bite|burn|shock|cut|pinch) me",
    "what (ppe|gear|gloves|glasses) for {ing} the {part}", "how many (guys|people|hands) (to|for) (lift|move|hold) (it|the {part})", "how heavy is (she|it|this thing|the {part})", "what do i lift (it|her) with", "what kind of (grease|sealer|cleaner|oil|soap) (on|for) the {part}",
    "what color (is|should) the {part} (smoke|lead|wire|tag|be)", "what is the (gap|play|slack|travel|deflection|runout|lash|preload|free play) (on|in|at) the {part}", "how much (gap|play|slack|travel|deflection|wear|lash|give) (is okay|is too much|do i leave|on the {part}|in the {part})",
    "what (voltage|resistance|reading|pressure) (across|at|between|on) the {part}", "what do i get across the {part} (when|with) (it is|the engine is) (running|off|good|charged|dead)", "how do i (ohm|meter|check|prove|load test) the {part}", "what ohms (on|for|across) the {part}",
    "how full (is|should) the {part} (be|)", "how clean (does|should) the {part} (have to be|need to be|be)", "how (deep|wide|thick|thin|high|long|far in) (is|should be|does) the {part} (go|)", "what (speed|rpm|hertz|frequency|voltage) (at|with) no load", "what (speed|rpm|hertz|frequency|voltage) (do i set|should she run|does she run at)",
    "how many amps (off|from|per|on) (one|each|the) (leg|phase|outlet|{part})", "how many (kilowatts|amps|volts) can (i pull|she take|it carry|it make)", "can it run (one|single|three) (hundred twenty|phase|two forty)", "how do i (store|park|winterize|haul|ship) (it|her)", "what is (different|special) (in|for) the (cold|desert|salt air|rain)",
    "(say|give me|read me) the (torque|warning|numbers|spec|setting) (for|on) the {part}", "is there a trick to the {part}", "what do i do with the (old oil|used filter|bad fuel|spent battery|drained coolant)", "what about the {part}", "and the {part}", "same for the {part}",
]  # fmt: skip

# Replies to a question with choices, as the product offers them.
CHOICES = [
    "yes", "yes", "yes", "no", "no", "all are met", "all are met", "all of them are met", "yes all are met", "not met", "done", "not done",
    "mark one", "mark two", "mark (one|two|three|four|five)", "it is a mark (one|two|three)", "the mark (one|two|three)", "the (first|second|third|last) one",
    "(one|two|three|four)", "option (one|two|three)", "open {part}", "yes please", "no thanks", "yes it is", "no it is not", "more than {measure}",
    "less than {measure}", "{measure}", "it (is|is not|does|does not)", "there is (no|a) {part}", "no (pressure|voltage|fuel|sound)", "{state}",
]  # fmt: skip
