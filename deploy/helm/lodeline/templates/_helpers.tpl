{{- define "lodeline.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "lodeline.labels" -}}
app.kubernetes.io/name: lodeline
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "lodeline.selector" -}}
app.kubernetes.io/name: lodeline
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "lodeline.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "lodeline.name" .) -}}
{{- end -}}

{{/* One deployment: {root, component, serves, settings} */}}
{{- define "lodeline.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "lodeline.name" .root }}-{{ .component }}
  labels:
    {{- include "lodeline.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
spec:
  {{- if not .scaled }}
  replicas: {{ .settings.replicas }}
  {{- end }}
  strategy:
    type: RollingUpdate
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 }
  selector:
    matchLabels:
      {{- include "lodeline.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "lodeline.selector" . | nindent 8 }}
    spec:
      serviceAccountName: {{ include "lodeline.serviceAccount" .root }}
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: {{ .root.Values.terminationGracePeriodSeconds }}
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        fsGroup: 10001
        seccompProfile: { type: RuntimeDefault }
      {{- with .root.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: worker
          image: "{{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}"
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
          env:
            - { name: LODELINE_SERVES, value: {{ .serves | quote }} }
            - { name: TEMPORAL_ADDRESS, value: {{ .root.Values.temporal.address | quote }} }
            - { name: TEMPORAL_NAMESPACE, value: {{ .root.Values.temporal.namespace | quote }} }
            {{- if .settings.threads }}
            - { name: LODELINE_THREADS, value: {{ .settings.threads | quote }} }
            {{- end }}
            - name: LODELINE_CATALOG_URL
              valueFrom: { secretKeyRef: { name: {{ .root.Values.catalog.urlSecret }}, key: url } }
            - name: LODELINE_KEY
              valueFrom: { secretKeyRef: { name: {{ .root.Values.keySecret }}, key: key } }
            {{- with .root.Values.temporal.apiKeySecret }}
            - name: TEMPORAL_API_KEY
              valueFrom: { secretKeyRef: { name: {{ . }}, key: apiKey } }
            {{- end }}
            {{- if .root.Values.temporal.tlsSecret }}
            - { name: TEMPORAL_TLS, value: "true" }
            - { name: TEMPORAL_TLS_CLIENT_CERT_PATH, value: /tls/tls.crt }
            - { name: TEMPORAL_TLS_CLIENT_KEY_PATH, value: /tls/tls.key }
            {{- end }}
            {{- if .root.Values.pluginsConfigMap }}
            - { name: LODELINE_PLUGINS, value: /plugins }
            {{- end }}
          {{- with .root.Values.environmentSecrets }}
          envFrom:
            {{- range . }}
            - secretRef: { name: {{ . }} }
            {{- end }}
          {{- end }}
          ports:
            - { name: health, containerPort: 9465 }
          startupProbe:
            httpGet: { path: /healthz, port: health }
            periodSeconds: 2
            failureThreshold: 60
          livenessProbe:
            httpGet: { path: /healthz, port: health }
            periodSeconds: 15
            timeoutSeconds: 5
          readinessProbe:
            httpGet: { path: /readyz, port: health }
            periodSeconds: 5
            timeoutSeconds: 5
          resources:
            {{- toYaml .settings.resources | nindent 12 }}
          volumeMounts:
            - { name: tmp, mountPath: /tmp }
            - { name: home, mountPath: /var/lib/lodeline }
            {{- if .root.Values.temporal.tlsSecret }}
            - { name: tls, mountPath: /tls, readOnly: true }
            {{- end }}
            {{- if .root.Values.pluginsConfigMap }}
            - { name: plugins, mountPath: /plugins, readOnly: true }
            {{- end }}
      volumes:
        - { name: tmp, emptyDir: {} }
        - { name: home, emptyDir: {} }
        {{- with .root.Values.temporal.tlsSecret }}
        - { name: tls, secret: { secretName: {{ . }} } }
        {{- end }}
        {{- with .root.Values.pluginsConfigMap }}
        - { name: plugins, configMap: { name: {{ . }} } }
        {{- end }}
      {{- with .root.Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .root.Values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .root.Values.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end -}}
