# Reads test results (.trx): awk -f results.awk pass=1 FILE... pass=2 FILE...
# Prints a line for each test that failed or was skipped, with the first line of its reason, then
# "N passed, N failed, N skipped".
function attribute(name) {
  return match($0, " " name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : ""
}

function plain(text) {
  gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&#x[DA];/, " ", text)
  gsub(/&amp;/, "\\&", text)
  return text
}

function report() {
  if (label != "") print "ci: " label plain(test) (reason == "" ? "" : ": " plain(reason))
  label = ""
}

pass == 1 && /<UnitTest / { id = attribute("id") }
pass == 1 && /<TestMethod / { classes[id] = attribute("className") }

pass == 2 && /<UnitTestResult / {
  report()
  outcome = attribute("outcome")
  if (outcome == "Passed") { passed++ } else if (outcome == "Failed") { failed++ } else { skipped++ }
  label = outcome == "Passed" ? "" : outcome == "Failed" ? "Failed " : "Skipped "
  test = classes[attribute("testId")] "." attribute("testName")
  reason = ""
}
pass == 2 && label != "" && reason == "" && /<Message>/ {
  reason = $0
  sub(/^.*<Message>/, "", reason)
  sub(/<\/Message>.*$/, "", reason)
}

END {
  report()
  printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
}
