# Completion of virbl(1) for bash. Commands and options come from virbl itself.

_virbl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local word command='' skip='' words=''

	case $prev in
	-c | --config | -o | --output | -C | --directory)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--category)
		words="worm malware spam phish bruteforce scan exploit test"
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
		return
		;;
	esac
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		if [ -n "$skip" ]; then
			skip=
		elif [ "$word" = -c ] || [ "$word" = --config ]; then
			skip=1
		elif [ "${word#-}" = "$word" ]; then
			command=$word
			break
		fi
	done
	if [ -z "$command" ] || [ "$prev" = help ]; then
		words=$(virbl help | awk '/^  / { print $1 }')
	elif [ "${cur#-}" != "$cur" ]; then
		words=$(virbl help "$command" 2>/dev/null |
		    grep -oE '^ +(-., )?--[a-z-]+' | grep -oE -- '--[a-z-]+')
	else
		case $command,$prev in
		export,export | digest,digest)
			words=$(virbl digest 2>/dev/null | awk '{ print $1 }')
			;;
		integrate,integrate)
			words=$(virbl integrate 2>/dev/null | awk 'NR > 1 { print $1 }')
			;;
		exempt,exempt) words="add list remove" ;;
		token,token) words="add list remove" ;;
		removal,removal) words="list accept refuse" ;;
		web,web) words="login" ;;
		token,add) words="reader reporter desk operator" ;;
		ingest,ingest) words=ndjson ;;
		*)
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			return
			;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _virbl virbl
