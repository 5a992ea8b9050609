# Reads test results (.trx): awk -f results.awk pass=1 FILE... pass=2 FILE...
# Prints a line for each test that was skipped, with the first line of its reason, then the ten tests that took longest, then
# each test that failed with its whole message, then "N passed, N failed, N skipped": what failed stands where the end of a log
# shows it.
function attribute(name) {
  return match($0, " " name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : ""
}

function plain(text) {
  gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&#x[DA];/, " ", text)
  gsub(/&amp;/, "\\&", text)
  return text
}

# A duration of hours, minutes and seconds, 00:01:02.5, in seconds.
function seconds(duration, parts) {
  split(duration, parts, ":")
  return parts[1] * 3600 + parts[2] * 60 + parts[3]
}

# Keeps the ten longest, the longest first.
function time(name, took, at) {
  for (at = slow < 10 ? ++slow : slow; at > 1 && times[at - 1] < took; at--) {
    times[at] = times[at - 1]
    names[at] = names[at - 1]
  }
  if (at < slow || times[at] < took) {
    times[at] = took
    names[at] = name
  }
}

function report() {
  if (outcome == "Failed") failures[failed++] = "ci: Failed " plain(test) (reason == "" ? "" : ":" plain(reason))
  else if (outcome != "Passed" && outcome != "") {
    sub(/^\n */, "", reason)
    sub(/\n.*$/, "", reason)
    print "ci: Skipped " plain(test) (reason == "" ? "" : ": " plain(reason))
    skipped++
  } else if (outcome == "Passed") passed++
  outcome = ""
}

pass == 1 && /<UnitTest / { id = attribute("id") }
pass == 1 && /<TestMethod / { classes[id] = attribute("className") }

pass == 2 && /<UnitTestResult / {
  report()
  outcome = attribute("outcome")
  test = classes[attribute("testId")] "." attribute("testName")
  time(test, seconds(attribute("duration")))
  reason = ""
  inside = 0
}
pass == 2 && outcome != "" && /<Message>/ { inside = 1 }
pass == 2 && inside {
  line = $0
  sub(/^.*<Message>/, "", line)
  inside = !sub(/<\/Message>.*$/, "", line)
  sub(/\r$/, "", line)
  if (line ~ /[^ ]/) reason = reason "\n  " line
}

END {
  report()
  for (i = 1; i <= slow; i++) printf "ci: Slowest %5.1f s %s\n", times[i], plain(names[i])
  for (i = 0; i < failed; i++) print failures[i]
  printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
}
