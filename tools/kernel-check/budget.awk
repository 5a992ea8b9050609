# Reads budget.txt, then what ptxas -v printed, and prints a line for each kernel that uses more than it may.
FNR == NR {
  if ($0 !~ /^#/ && NF == 4) { registers[$1, $2] = $3; stack[$1, $2] = $4 }
  next
}
/Compiling entry function/ {
  split($0, quoted, "'")
  kernel = quoted[2]
  architecture = quoted[4]
  used_stack = 0
}
/bytes stack frame/ { used_stack = $1 }
/Used [0-9]+ registers/ {
  if (kernel == "") next
  match($0, /Used [0-9]+/)
  used = substr($0, RSTART + 5, RLENGTH - 5) + 0
  line = (architecture, kernel) in registers ? kernel : "*"
  if (!((architecture, line) in registers)) print kernel " on " architecture ": no budget for " architecture
  else if (used > registers[architecture, line] + 0 || used_stack > stack[architecture, line] + 0)
    print kernel " on " architecture ": " used " registers and " used_stack " bytes of stack, of " \
      registers[architecture, line] " and " stack[architecture, line]
  kernel = ""
}
